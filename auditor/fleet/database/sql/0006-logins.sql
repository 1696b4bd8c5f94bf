-- What is said of a worker, and of an attempt, is said by who logged in (`session_user`: not the role that was set);
-- which users serve a vantage, and which key its captures name where it is another party's; who says that a host asked
-- to be left alone.

alter table auditor.vantage
    -- Users of the database that may serve it; empty: any that has a worker's role.
    add column users text[] not null default '{}',
    -- Verifier key of the party whose it is, by `targets.yaml`; empty where it is no other party's.
    add column party_key text not null default '';
alter table auditor.worker
    -- Who logged in as it.
    add column login text not null default '';
alter table auditor.request
    -- The host that is visited; empty where its deployment is no longer declared.
    add column host text not null default '',
    -- Verifier key that its capture names, as the plan does; empty where the visit is no second party's.
    add column party_key text not null default '';
alter table auditor.host
    -- Who says that it asked to be left alone, and by which visit.
    add column held_worker text not null default '',
    add column held_intent text not null default '';

-- `insufficient_privilege` where a user may not serve a vantage.
create function auditor.require_server(p_vantage text) returns void
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    allowed text[];
begin
    select users into allowed from auditor.vantage where id = p_vantage;
    if allowed <> '{}' and not session_user::text = any(allowed) then
        raise insufficient_privilege using message = format(
            'user %s may not serve vantage %s; declare it: auditor fleet vantage %s --user %s', session_user, p_vantage,
            p_vantage, session_user);
    end if;
end
$$;

-- `insufficient_privilege` where a worker is none of whoever logged in.
create function auditor.require_own_worker(p_id text) returns void
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (select from auditor.worker where id = p_id and login <> session_user) then
        raise insufficient_privilege using message = format('worker %s is not of user %s', p_id, session_user);
    end if;
end
$$;

-- As in part 5; by one user, who may serve the vantage.
create or replace function auditor.register_worker(
    p_id text, p_vantage text, p_host text, p_process integer, p_software text, p_places integer, p_egress text,
    p_off_ms bigint, p_refused text
) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    if p_id !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' then
        raise check_violation using message = 'a worker''s id: letters, digits, . _ -, at most 100';
    end if;
    perform auditor.require_server(left(p_vantage, 100));
    insert into auditor.worker as w (id, vantage, host, process, software, places, egress, off_ms, refused, login)
    values (p_id, left(p_vantage, 100), left(p_host, 255), p_process, left(p_software, 100), p_places,
            left(p_egress, 100), p_off_ms, left(p_refused, 1000), session_user)
    on conflict (id) do update
       set egress = excluded.egress, off_ms = excluded.off_ms, refused = excluded.refused, seen_at = clock_timestamp()
     where w.vantage = excluded.vantage and w.login = excluded.login;
    perform auditor.require_own_worker(p_id);
end
$$;

-- As in part 2, by its own user.
create or replace function auditor.worker_ended(p_id text) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform auditor.require_own_worker(p_id);
    update auditor.worker set ended_at = clock_timestamp(), seen_at = clock_timestamp() where id = p_id;
end
$$;

-- As in part 5; by the worker's own user, who may serve the vantage.
create or replace function auditor.begin_attempt(
    p_request text, p_number integer, p_worker text, p_job bigint, p_body text
) returns table (number bigint, at timestamptz, line bytea)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    asked auditor.request;
    working auditor.worker;
    named text;
begin
    select * into asked from auditor.request where id = p_request for update;
    if not found or asked.ended_at is not null or asked.give_up_at <= clock_timestamp() then
        raise exception using errcode = 'AU001', message = format('request %s is not open', p_request);
    end if;
    if greatest(asked.due_at, asked.next_try_at) > clock_timestamp() then
        raise exception using errcode = 'AU001', message = format('request %s is not due', p_request);
    end if;
    perform auditor.require_lease(asked.deployment);
    select * into working from auditor.worker where id = p_worker;
    if not found or working.vantage <> asked.vantage or working.refused <> '' then
        raise exception using errcode = 'AU001', message = format('worker %s gets no work of this vantage', p_worker);
    end if;
    perform auditor.require_own_worker(p_worker);
    perform auditor.require_server(asked.vantage);
    if p_number is distinct from (select 1 + count(*) from auditor.attempt as a where a.request = p_request) then
        raise exception using errcode = 'AU001', message = format('attempt %s is not the next at %s', p_number, p_request);
    end if;
    -- As `capture_id` makes it.
    named := case p_number when 1 then p_request else 'c-' || left(encode(sha256(convert_to(
        format('%s/%s/%s', asked.run, asked.planned, p_number), 'UTF8')), 'hex'), 32) end;
    if (p_body::json ->> 'intent') is distinct from named
        or (p_body::json ->> 'deployment') is distinct from asked.deployment
        or (p_body::json ->> 'run') is distinct from asked.run
        or (p_body::json ->> 'slot') is distinct from asked.planned then
        raise check_violation using message = 'the intent is about another deployment, run or slot than the request, or of another attempt';
    end if;
    select * into begin_attempt.number, begin_attempt.at, begin_attempt.line
      from auditor.append_line('intent', p_body);
    insert into auditor.attempt (request, number, intent, worker, job, intent_line)
    values (p_request, p_number, p_body::json ->> 'intent', p_worker, p_job, begin_attempt.number);
    return next;
end
$$;

-- As in part 5; by the worker's own user. A capture of another party's vantage names the party's key: that its
-- signature verifies is asked by whoever reads the line, since this database verifies none.
create or replace function auditor.end_attempt(
    p_intent text, p_kind text, p_body text, p_outcome text, p_why text, p_again_seconds integer
) returns table (number bigint, at timestamptz, line bytea)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    made auditor.attempt;
    asked auditor.request;
    begun_at timestamptz;
    key text;
begin
    select * into made from auditor.attempt where intent = p_intent for update;
    if not found or made.ended_at is not null then
        raise exception using errcode = 'AU001', message = format('attempt %s has ended', p_intent);
    end if;
    select * into asked from auditor.request where id = made.request for update;
    -- A gap still ends the intent; it is no end of the slot.
    if asked.ended_at is not null and p_kind = 'capture' then
        raise exception using errcode = 'AU001', message = format('request %s has ended', made.request);
    end if;
    perform auditor.require_lease(asked.deployment);
    perform auditor.require_own_worker(made.worker);
    if (p_kind, p_outcome) not in (('capture', 'capture'), ('gap', 'gap'))
        or (p_body::json ->> 'intent') is distinct from p_intent
        or (p_body::json ->> 'deployment') is distinct from asked.deployment
        or (p_body::json ->> 'run') is distinct from asked.run then
        raise check_violation using message = 'no end of this attempt';
    end if;
    -- The slot is the intent's, and the package has its moment in its name.
    select l.at into strict begun_at from auditor.ledger as l where l.number = made.intent_line;
    if p_kind = 'gap' and (p_body::json ->> 'slot') is distinct from ''
        or p_kind = 'capture' and (p_body::json ->> 'package') is distinct from
            asked.deployment || '/' || to_char(begun_at at time zone 'UTC', 'YYYYMMDD"T"HH24MISS"Z"') || '-' || p_intent then
        raise check_violation using message = 'no end of this attempt: another slot or package';
    end if;
    select coalesce(nullif(asked.party_key, ''), party_key) into key from auditor.vantage where id = asked.vantage;
    if p_kind = 'capture' and key <> '' and (p_body::json ->> 'party_key') is distinct from key then
        raise check_violation using message = format(
            'vantage %s belongs to another party, and the capture does not name its key %s', asked.vantage, key);
    end if;
    select * into end_attempt.number, end_attempt.at, end_attempt.line from auditor.append_line(p_kind, p_body);
    update auditor.attempt as a
       set ended_at = clock_timestamp(), outcome = p_outcome, line = end_attempt.number, why = left(p_why, 1000)
     where a.intent = p_intent;
    if p_kind = 'capture' then
        update auditor.request as r
           set ended_at = clock_timestamp(), outcome = 'capture', line = end_attempt.number where r.id = made.request;
    else
        update auditor.request as r
           set next_try_at = clock_timestamp() + make_interval(secs => least(greatest(p_again_seconds, 5), 3600))
         where r.id = made.request;
    end if;
    return next;
end
$$;

-- As in part 2; by the worker's own user.
create or replace function auditor.take_up_attempt(p_intent text) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    made auditor.attempt;
    held text;
begin
    select * into made from auditor.attempt where intent = p_intent for update;
    if not found or made.ended_at is not null then
        raise exception using errcode = 'AU001', message = format('attempt %s has ended', p_intent);
    end if;
    perform auditor.require_own_worker(made.worker);
    select 'deployment ' || deployment into strict held from auditor.request where id = made.request;
    if not pg_try_advisory_lock(auditor.lease_key(held)) then
        return coalesce(auditor.lease_holder(held), 'another session');
    end if;
    update auditor.attempt set session = pg_backend_pid() where intent = p_intent;
    return '';
end
$$;

-- As in part 5, by the session that visits the host just now: its open attempt is named, and its worker with it.
drop function auditor.hold_host(text, double precision);
create function auditor.hold_host(p_intent text, p_name text, p_seconds double precision) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    visiting text;
begin
    select a.worker into visiting
      from auditor.attempt as a
      join auditor.request as r on r.id = a.request
     where a.intent = p_intent and a.ended_at is null and a.session = pg_backend_pid() and r.host = p_name
       and auditor.lease_pid('deployment ' || r.deployment) = a.session;
    if not found then
        raise exception using errcode = 'AU001',
            message = format('no attempt %s at host %s is open in this session', p_intent, p_name);
    end if;
    insert into auditor.host as h (name, ready_at, held_until, held_worker, held_intent)
    select p_name, until, until, visiting, p_intent
      from (select clock_timestamp() + make_interval(secs => least(greatest(p_seconds, 0), 604800))) as asked (until)
    on conflict (name) do update
       set ready_at = excluded.ready_at, held_until = excluded.held_until, held_worker = excluded.held_worker,
           held_intent = excluded.held_intent
     where not coalesce(h.held_until between excluded.held_until and clock_timestamp() + interval '7 days', false);
end
$$;

revoke all on function
    auditor.require_server(text), auditor.require_own_worker(text), auditor.hold_host(text, text, double precision)
    from public;
grant execute on function auditor.hold_host(text, text, double precision) to auditor_worker;
