-- As in every service: packages/audit.
ALTER TABLE identity.audit RENAME COLUMN project_id TO project;
ALTER TABLE identity.audit RENAME COLUMN at TO time;
