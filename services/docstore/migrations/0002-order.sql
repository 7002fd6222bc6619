-- The sort key: text whose byte order is Firestore's order of values (docs/spec/storage.md). The TypeScript comparator in
-- packages/values is tested to agree. Functions in LANGUAGE sql are written so that PostgreSQL inlines them: not STRICT, one
-- expression, only immutable parts.

CREATE FUNCTION telestack.double_key(n double precision) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE
    WHEN n = 'NaN'::float8 THEN '2a'
    -- Adding zero turns -0 into 0.
    WHEN n >= 0 THEN '2p' || encode(float8send(n + 0), 'hex')
    ELSE '2n' || translate(encode(float8send(n), 'hex'), '0123456789abcdef', 'fedcba9876543210')
  END || CASE WHEN abs(n) >= 9007199254740992 AND n <> 'NaN'::float8 THEN '5000' ELSE '' END
$$;

-- An integer that a double may not hold exactly: the nearest double, then how far the integer is from it.
CREATE FUNCTION telestack.int_key(n bigint) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE
    WHEN n BETWEEN -9007199254740991 AND 9007199254740991 THEN telestack.double_key(n::float8)
    ELSE left(telestack.double_key(n::float8), 18) || lpad((5000 + n::numeric - CASE
      WHEN n::float8 >= 9223372036854775808 THEN 9223372036854775808
      ELSE n::float8::bigint::numeric
    END)::int::text, 4, '0')
  END
$$;

CREATE FUNCTION telestack.is_tag(v jsonb, tag text) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT v ? tag AND (v - tag) = '{}'::jsonb $$;

-- Bytes as text in which U+0000 and U+0001 keep their order and U+0001 U+0001 is left free to end a part.
CREATE FUNCTION telestack.escape_key(s text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT replace(s, E'\x01', E'\x01\x03') $$;

-- The text of a string with U+0000 (base64 of its UTF-8), escaped. PostgreSQL text cannot hold U+0000, so the bytes are cut at it.
CREATE FUNCTION telestack.escape_nul_string(base64 text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
  hex text := encode(decode(base64, 'base64'), 'hex');
BEGIN
  -- Two hex digits a byte: replace byte by byte so that no match straddles two bytes.
  RETURN convert_from(decode(regexp_replace(regexp_replace(regexp_replace(hex, '(..)', '\1 ', 'g'),
    '01 ', '0103', 'g'), '00 ', '0102', 'g'), 'hex'), 'UTF8');
END
$$;

-- A member key out of `$keys`, percent-decoded and escaped.
CREATE FUNCTION telestack.escape_member_key(key text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT replace(replace(replace(key, E'\x01', E'\x01\x03'), '%00', E'\x01\x02'), '%25', '%') $$;

-- An id inside a reference, which is stored with its escapes. Ids of the form __id7__ are numbers and come before all others.
CREATE FUNCTION telestack.id_key(id text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN id ~ '^__id-?[1-9][0-9]*__$' THEN E'\x01\x01' || telestack.int_key(substr(id, 5, length(id) - 6)::bigint)
    ELSE id END
$$;

-- The sort key of a value inside a composite, where every part ends itself.
CREATE FUNCTION telestack.part_key(v jsonb) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
  result text;
  tag text;
BEGIN
  CASE jsonb_typeof(v)
    WHEN 'null' THEN RETURN '0';
    WHEN 'boolean' THEN RETURN CASE WHEN v = 'true'::jsonb THEN '1t' ELSE '1f' END;
    WHEN 'number' THEN RETURN telestack.double_key(v::float8);
    WHEN 'string' THEN RETURN '4' || telestack.escape_key(v #>> '{}') || E'\x01\x01';
    WHEN 'array' THEN
      SELECT string_agg(telestack.part_key(e), '' ORDER BY i) INTO result
        FROM jsonb_array_elements(v) WITH ORDINALITY AS a(e, i);
      RETURN '8' || coalesce(result, '') || E'\x01';
    ELSE NULL;
  END CASE;
  SELECT min(k) INTO tag FROM jsonb_object_keys(v) AS k HAVING count(*) = 1;
  CASE tag
    WHEN '$timestamp' THEN RETURN '3' || (v ->> tag);
    WHEN '$double' THEN RETURN telestack.double_key((v ->> tag)::float8);
    WHEN '$int' THEN RETURN telestack.int_key((v ->> tag)::bigint);
    WHEN '$string' THEN RETURN '4' || telestack.escape_nul_string(v ->> tag) || E'\x01\x01';
    WHEN '$bytes' THEN RETURN '5' || encode(decode(v ->> tag, 'base64'), 'hex') || E'\x01';
    WHEN '$ref' THEN
      SELECT '6' || string_agg('4' || telestack.id_key(s) || E'\x01\x01', '' ORDER BY i) || E'\x01' INTO result
        FROM unnest(string_to_array(v ->> tag, '/')) WITH ORDINALITY AS a(s, i);
      RETURN result;
    WHEN '$geo' THEN
      RETURN '7' || telestack.double_key((v -> tag ->> 0)::float8) || telestack.double_key((v -> tag ->> 1)::float8);
    WHEN '$vector' THEN
      SELECT string_agg(telestack.double_key(e::float8), '' ORDER BY i) INTO result
        FROM jsonb_array_elements_text(v -> tag) WITH ORDINALITY AS a(e, i);
      RETURN '9' || lpad(to_hex(jsonb_array_length(v -> tag)), 8, '0') || coalesce(result, '');
    ELSE NULL;
  END CASE;
  SELECT string_agg('4' || key || E'\x01\x01' || telestack.part_key(value), '' ORDER BY key COLLATE "C") INTO result
    FROM (
      SELECT telestack.escape_key(m.key) AS key, m.value FROM jsonb_each(v - '$keys') AS m
      UNION ALL
      SELECT telestack.escape_member_key(m.key), m.value FROM jsonb_each(v -> '$keys') AS m WHERE v ? '$keys'
    ) AS members;
  RETURN 'a' || coalesce(result, '') || E'\x01';
END
$$;

-- The sort key of a value that stands alone: as in a composite, without the end of strings and bytes.
CREATE FUNCTION telestack.composite_key(v jsonb) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE left(k, 1) WHEN '4' THEN left(k, -2) WHEN '5' THEN left(k, -1) ELSE k END
    FROM (SELECT telestack.part_key(v) AS k) AS part
$$;

CREATE FUNCTION telestack.sort_key(v jsonb) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE jsonb_typeof(v)
    WHEN 'string' THEN '4' || replace(v #>> '{}', E'\x01', E'\x01\x03')
    WHEN 'number' THEN telestack.double_key(v::float8)
    WHEN 'boolean' THEN CASE WHEN v = 'true'::jsonb THEN '1t' ELSE '1f' END
    WHEN 'null' THEN '0'
    WHEN 'object' THEN CASE
      WHEN telestack.is_tag(v, '$timestamp') THEN '3' || (v ->> '$timestamp')
      WHEN telestack.is_tag(v, '$double') THEN telestack.double_key((v ->> '$double')::float8)
      ELSE telestack.composite_key(v)
    END
    WHEN 'array' THEN telestack.composite_key(v)
  END
$$;

-- What indexes hold: PostgreSQL's B-tree takes entries of up to 2,704 bytes.
CREATE FUNCTION telestack.index_key(v jsonb) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT left(telestack.sort_key(v), 400) $$;

-- The order of documents by name across collections: segment by segment, so the separator must sort below every character. Columns
-- hold names in a form that sorts as ids do (packages/values, stored-name.ts).
CREATE FUNCTION telestack.path_key(path text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT replace(path, '/', E'\x01\x01') $$;

-- Whether an array has an element with this sort key.
CREATE FUNCTION telestack.array_has(v jsonb, key text) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT jsonb_typeof(v) = 'array' AND EXISTS (SELECT FROM jsonb_array_elements(v) AS e WHERE telestack.sort_key(e) = key) $$;
