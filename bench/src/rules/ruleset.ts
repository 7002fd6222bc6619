/** Thirty lines as apps have them: roles by a get(), shapes of documents, and what must not change. */
export const RULESET = `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    function signedIn() {
      return request.auth != null && request.auth.uid != null;
    }
    function member() {
      return get(/databases/$(database)/documents/members/$(request.auth.uid)).data;
    }
    function mayWrite() {
      let role = member().role;
      return signedIn() && role in ['editor', 'owner'];
    }
    function isValid(data) {
      return data.keys().hasAll(['name', 'email', 'number', 'tags'])
        && data.name is string && data.name.size() < 100
        && data.number is int && data.number >= 0
        && data.tags is list && data.tags.size() <= 10;
    }
    function keeps(field) {
      return request.resource.data[field] == resource.data[field];
    }
    match /members/{uid} {
      allow read: if signedIn() && request.auth.uid == uid;
    }
    match /known/{id} {
      allow create: if mayWrite() && isValid(request.resource.data);
      allow update: if mayWrite() && isValid(request.resource.data) && keeps('tags');
    }
  }
}
`;
