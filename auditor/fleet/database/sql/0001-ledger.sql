-- The ledger: one row per journal line, one row that says where it ends, the hash tiles over it, and who may append what.
--
-- Every name is qualified by the schema `auditor`, and every function that runs with its owner's rights has a search path
-- of its own, so that nobody's objects are taken for ours.

create schema auditor;
revoke all on schema auditor from public;

do $$
declare
    role_name text;
begin
    foreach role_name in array array['auditor_maintenance', 'auditor_worker', 'auditor_reader'] loop
        if not exists (select from pg_catalog.pg_roles where rolname = role_name) then
            execute format('create role %I nologin', role_name);
        end if;
    end loop;
end
$$;

grant usage on schema auditor to auditor_maintenance, auditor_worker, auditor_reader;

create table auditor.schema_version (
    number integer primary key,
    sha256 text not null,
    applied_at timestamptz not null default clock_timestamp()
);

create table auditor.ledger (
    number bigint primary key,
    at timestamptz,
    kind text,
    -- What no second line of the kind may be about: see `line_subject`.
    subject text,
    line bytea not null
);
alter table auditor.ledger alter column line set storage external;
create index ledger_kind on auditor.ledger (kind, number);
create unique index ledger_subject on auditor.ledger (kind, subject) where subject is not null;
-- A visit ends once: its capture has the id of its intent.
create unique index ledger_outcome on auditor.ledger (subject) where kind in ('capture', 'gap');

create table auditor.head (
    one boolean primary key default true check (one),
    size bigint not null default 0,
    -- Of the last line; of nothing: 64 zeros.
    last_sha256 text not null default repeat('0', 64),
    last_at timestamptz,
    -- Roots of the perfect subtrees of RFC 6962 to the left, 32 bytes each, from left to right.
    peaks bytea not null default '',
    -- The signed note. It may count fewer lines than there are: workers have no key.
    note bytea,
    segments bigint not null default 0,
    -- Where the log goes on; nothing is appended here any more then.
    moved_to text
);
insert into auditor.head default values;

create table auditor.tile (
    level smallint not null,
    place bigint not null,
    hashes bytea not null,
    primary key (level, place)
);
alter table auditor.tile alter column hashes set storage external;

-- Which kinds a worker may append, with the type of each member of their bodies; `?` behind the type: may be left out.
create table auditor.worker_kind (
    kind text primary key,
    members jsonb not null
);
insert into auditor.worker_kind values
    ('intent', '{"intent": "string", "run": "string", "deployment": "string", "slot": "string",
        "address": "string?", "pages": "array?", "access": "string?"}'),
    ('capture', '{"capture": "string", "intent": "string", "deployment": "string", "run": "string",
        "state": "string", "package": "string", "manifest_sha256": "string", "manifest_bytes": "number",
        "artefacts": "number", "quorum": "number", "party": "string?", "party_key": "string?",
        "party_signature": "string?", "version": "string?"}');

-- The canonical form (RFC 8785) of what journal bodies hold: objects, arrays, texts, whole numbers, true, false, null.
-- `data_exception` for anything else.
create function auditor.canonical(value json) returns text
    language plpgsql immutable strict parallel safe
    set search_path = pg_catalog, pg_temp
as $$
declare
    found text;
    doubled bigint;
begin
    case json_typeof(value)
    when 'object' then
        select string_agg(to_json(key)::text || ':' || auditor.canonical(member), ',' order by key collate "C"),
               count(*) - count(distinct key collate "C")
          into found, doubled
          from json_each(value) as each (key, member);
        if doubled > 0 then
            raise data_exception using message = 'a key stands twice in one object';
        end if;
        -- Code points and UTF-16 order alike below the second plane.
        if exists (select from json_object_keys(value) as key where octet_length(key) > 0 and key ~ '[\U00010000-\U0010FFFF]') then
            raise data_exception using message = 'a key with a character beyond the first plane';
        end if;
        return '{' || coalesce(found, '') || '}';
    when 'array' then
        select string_agg(auditor.canonical(member), ',' order by place)
          into found
          from json_array_elements(value) with ordinality as each (member, place);
        return '[' || coalesce(found, '') || ']';
    when 'string' then
        return to_json(value #>> '{}')::text;
    when 'number' then
        found := value #>> '{}';
        if found !~ '^(0|-?[1-9][0-9]{0,15})$' or abs(found::numeric) >= 9007199254740992 then
            raise data_exception using message = 'a number that is not whole or is too large';
        end if;
        return found;
    else  -- true, false, null
        return btrim(value::text, E' \t\n\r');
    end case;
end
$$;

-- The id of the intent or capture that a line is about, of a pair its first capture's; null where other lines may be about the same, as of a gap
-- that ends no visit.
create function auditor.line_subject(p_kind text, p_body json) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select nullif(
        case p_kind when 'capture' then p_body ->> 'capture' when 'intent' then p_body ->> 'intent'
                    when 'gap' then p_body ->> 'intent' when 'pair' then p_body -> 'captures' -> 0 ->> 'capture' end, '')
$$;

-- `check_violation` where a worker may not append this kind, or not with this body. What no second line may be about.
create function auditor.require_worker_body(p_kind text, p_body json) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    allowed auditor.worker_kind;
    member record;
    wanted text;
begin
    select * into allowed from auditor.worker_kind as known where known.kind = p_kind;
    if not found then
        raise check_violation using message = format('a worker may not append lines of kind %L', p_kind);
    end if;
    if json_typeof(p_body) <> 'object' then
        raise check_violation using message = 'a body that is no object';
    end if;
    for member in select key, value from json_each(p_body) loop
        wanted := rtrim(allowed.members ->> member.key, '?');
        if wanted is null or json_typeof(member.value) <> wanted then
            raise check_violation using message = format('member %L does not belong there or has another type', member.key);
        end if;
        if wanted = 'array' and exists (
            select from json_array_elements(member.value) as item where json_typeof(item) <> 'string'
        ) then
            raise check_violation using message = format('member %L must hold texts', member.key);
        end if;
    end loop;
    for wanted in select key from jsonb_each_text(allowed.members) where value !~ '\?$' loop
        if (p_body -> wanted) is null then
            raise check_violation using message = format('member %L is missing', wanted);
        end if;
    end loop;
    if p_kind in ('intent', 'capture') and p_body ->> p_kind !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' then
        raise check_violation using message = 'an id that no package can have';
    end if;
    if p_kind = 'capture' and not (
        p_body ->> 'state' in ('complete', 'partial', 'failed')
        and p_body ->> 'manifest_sha256' ~ '^[0-9a-f]{64}$'
        and p_body ->> 'capture' = p_body ->> 'intent'
        and p_body ->> 'deployment' ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'
        and starts_with(p_body ->> 'package', (p_body ->> 'deployment') || '/')
        and substr(p_body ->> 'package', length(p_body ->> 'deployment') + 2, 17) ~ '^[0-9]{8}T[0-9]{6}Z-$'
        and substr(p_body ->> 'package', length(p_body ->> 'deployment') + 19) = p_body ->> 'capture'
        and (p_body ->> 'manifest_bytes') !~ '^-' and (p_body ->> 'artefacts') !~ '^-' and (p_body ->> 'quorum') !~ '^-'
    ) then
        raise check_violation using message = 'a capture that cannot be: see its state, digest, package and numbers';
    end if;
    if p_kind = 'capture' and (
        p_body ->> 'version' !~ '^[A-Za-z0-9._~+/=:-]+$' or length(p_body ->> 'version') > 1024 or p_body ->> 'version' = 'null'
    ) then
        raise check_violation using message = 'a version id that no store gives';
    end if;
    return auditor.line_subject(p_kind, p_body);
end
$$;

-- `object_not_in_prerequisite_state` where the log goes on elsewhere.
create function auditor.require_here(p_head auditor.head) returns void
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if p_head.moved_to is not null then
        raise object_not_in_prerequisite_state using message = format('the log moved to %s', p_head.moved_to);
    end if;
end
$$;

-- Adds a line's leaf to the peaks and the line to the ledger. The caller holds the head's row.
create function auditor.push_line(
    p_head auditor.head, p_line bytea, p_at timestamptz, p_kind text, p_subject text
) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    leaf bytea := sha256('\x00'::bytea || p_line);
    rest bigint := p_head.size;
    grown bytea := p_head.peaks;
begin
    while rest % 2 = 1 loop
        leaf := sha256('\x01'::bytea || substr(grown, octet_length(grown) - 31) || leaf);
        grown := substr(grown, 1, octet_length(grown) - 32);
        rest := rest / 2;
    end loop;
    insert into auditor.ledger values (p_head.size, p_at, p_kind, p_subject, p_line);
    update auditor.head as h
       set size = p_head.size + 1, last_sha256 = encode(sha256(p_line), 'hex'), last_at = coalesce(p_at, h.last_at),
           peaks = grown || leaf;
end
$$;

-- Appends what a worker may say; called by the functions that begin and end an attempt, never by a worker itself, whose
-- lines would be of no attempt. The time is the database's; the body's text must be its canonical form already, so
-- that what the worker knows of its line is what stands there.
create function auditor.append_line(p_kind text, p_body text)
    returns table (number bigint, at timestamptz, line bytea)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    before auditor.head;
    about text;
    moment timestamptz;
    written text;
begin
    begin
        if auditor.canonical(p_body::json) is distinct from p_body then
            raise data_exception using message = 'not in canonical form (RFC 8785)';
        end if;
        about := auditor.require_worker_body(p_kind, p_body::json);
    exception when data_exception then
        raise check_violation using message = 'the body of the line: ' || sqlerrm;
    end;
    select * into strict before from auditor.head for update;
    perform auditor.require_here(before);
    if before.note is null then
        raise object_not_in_prerequisite_state using message = 'the log has not begun here';
    end if;
    moment := clock_timestamp();
    written := '{"at":"' || to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        || '","body":' || p_body || ',"kind":"' || p_kind || '","number":' || before.size
        || ',"previous":"' || before.last_sha256 || '"';
    if moment < before.last_at then
        written := written || ',"stepped_back_ms":'
            || greatest(1, floor(extract(epoch from before.last_at - moment) * 1000)::bigint);
    end if;
    line := convert_to(written || '}', 'UTF8');
    if octet_length(line) > 65535 then
        raise check_violation using message = format('an event of %s bytes; at most 65535', octet_length(line));
    end if;
    perform auditor.push_line(before, line, moment, p_kind, about);
    number := before.size;
    at := moment;
    return next;
end
$$;

-- Appends a line as it is: for the process that has the log's key, which made it. Refused unless it is the next one and,
-- where it states which line it follows, follows the last.
create function auditor.append_exact(p_number bigint, p_line bytea) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    before auditor.head;
    told json;
    kind text;
begin
    select * into strict before from auditor.head for update;
    perform auditor.require_here(before);
    if p_number <> before.size then
        raise serialization_failure using message =
            format('line %s is not the next one: the ledger has %s', p_number, before.size);
    end if;
    if octet_length(p_line) <= 1048576 then
        begin
            told := convert_from(p_line, 'UTF8')::json;
            kind := told ->> 'kind';
        exception when data_exception or character_not_in_repertoire or untranslatable_character then
            told := null;
        end;
    end if;
    if (told ->> 'previous') is distinct from before.last_sha256 and (told ->> 'previous') is not null then
        raise serialization_failure using message = format('line %s does not follow the last one', p_number);
    end if;
    perform auditor.push_line(
        before, p_line, (told ->> 'at')::timestamptz, kind,
        auditor.line_subject(kind, told -> 'body')
    );
end
$$;

revoke all on all functions in schema auditor from public;
revoke all on all tables in schema auditor from public;
grant select on auditor.schema_version, auditor.ledger, auditor.head, auditor.tile, auditor.worker_kind
    to auditor_maintenance, auditor_reader;
grant select on auditor.schema_version, auditor.worker_kind to auditor_worker;
grant execute on function auditor.append_line(text, text) to auditor_maintenance;
grant execute on function auditor.append_exact(bigint, bytea) to auditor_maintenance;
grant update (note, segments, moved_to) on auditor.head to auditor_maintenance;
grant insert, update, delete on auditor.tile to auditor_maintenance;
