-- The line of a capture may name the version id by which the store keeps its package. What a version id is, is said in
-- `auditor.model.events.codecs`, too.

update auditor.worker_kind set members = members || '{"version": "string?"}' where kind = 'capture';

-- As in part 1, and the version id.
create or replace function auditor.require_worker_body(p_kind text, p_body json) returns text
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
