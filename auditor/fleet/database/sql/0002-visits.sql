-- Who visits what: requests, attempts at them, workers, and the lease under which one visit is made. These rows are the
-- truth; a queue only brings a request to a worker, and may be thrown away.

-- What the workers must have, too: digests of the files of `targets.yaml`, and the key to which secrets are encrypted.
create table auditor.estate (
    one boolean primary key default true check (one),
    sources jsonb not null,
    box text not null,
    published_at timestamptz not null default clock_timestamp()
);

create table auditor.vantage (
    id text primary key,
    -- Networks from which sites are seen to be visited; empty: not declared, and not checked.
    egress cidr[] not null default '{}',
    -- An address that answers with the address it was asked from.
    observer text not null default '',
    paused boolean not null default false
);

create table auditor.worker (
    id text primary key,
    vantage text not null,
    host text not null,
    process integer not null,
    software text not null,
    places integer not null,
    egress text not null default '',
    off_ms bigint not null default 0,
    -- Why it gets no work; empty where it does.
    refused text not null default '',
    began_at timestamptz not null default clock_timestamp(),
    seen_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz
);

create table auditor.request (
    id text primary key,
    run text not null,
    deployment text not null,
    vantage text not null,
    -- The slot of a schedule, or the run that somebody began.
    slot text not null,
    -- The planned slot of the run: the deployment's id, with the vantage's behind it for a second party's visit.
    planned text not null,
    due_at timestamptz not null,
    give_up_at timestamptz not null,
    next_try_at timestamptz not null,
    ended_at timestamptz,
    outcome text check (outcome in ('capture', 'gap')),
    line bigint references auditor.ledger (number),
    unique (deployment, vantage, slot),
    check ((ended_at is null) = (outcome is null))
);
create index request_due on auditor.request (vantage, due_at, id) where ended_at is null;
create index request_run on auditor.request (run) where ended_at is null;

create table auditor.attempt (
    request text not null references auditor.request (id),
    number integer not null,
    intent text not null unique,
    worker text not null references auditor.worker (id),
    job bigint,
    -- The session that makes the visit, by its process.
    session integer not null default pg_backend_pid(),
    began_at timestamptz not null default clock_timestamp(),
    intent_line bigint not null references auditor.ledger (number),
    ended_at timestamptz,
    outcome text check (outcome in ('capture', 'gap', 'lost')),
    line bigint references auditor.ledger (number),
    why text not null default '',
    primary key (request, number),
    check ((ended_at is null) = (outcome is null))
);
create unique index attempt_open on auditor.attempt (request) where ended_at is null;

create table auditor.host (
    name text primary key,
    ready_at timestamptz not null,
    -- Until when it asked to be left alone.
    held_until timestamptz
);

-- Runs that somebody asked maintenance for.
create table auditor.wish (
    id bigint generated always as identity primary key,
    only_these text[] not null,
    -- The run that it became, as long as that has no requests.
    run text,
    asked_at timestamptz not null default clock_timestamp()
);

insert into auditor.worker_kind values
    ('gap', '{"run": "string", "deployment": "string", "slot": "string", "intent": "string",
        "why": "string"}');

-- A lease is a lock of a session: it ends with the connection, and is held by nobody else meanwhile.
create function auditor.lease_key(name text) returns bigint
    language sql immutable strict parallel safe
    set search_path = pg_catalog, pg_temp
as $$ select hashtextextended('auditor lease ' || name, 0) $$;

-- The session that has a lease; null where none has it. A lock that several sessions may share is no lease.
create function auditor.lease_pid(name text) returns integer
    language sql stable strict
    set search_path = pg_catalog, pg_temp
as $$
    select l.pid
      from pg_locks as l
     where l.locktype = 'advisory' and l.granted and l.mode = 'ExclusiveLock' and l.objsubid = 1
       and l.database = (select oid from pg_database where datname = current_database())
       and (l.classid::bigint << 32) | l.objid::bigint = auditor.lease_key(name)
$$;

create function auditor.lease_holder(name text) returns text
    language sql stable strict
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(nullif(a.application_name, ''), 'process ' || holder)
      from auditor.lease_pid(name) as holder
      left join pg_stat_activity as a on a.pid = holder
     where holder is not null
$$;

-- All of them or none: who has one of them; empty where they are taken now.
create function auditor.take_lease(names text[]) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    taken text[] := '{}';
    name text;
    other text;
begin
    foreach name in array names loop
        if not pg_try_advisory_lock(auditor.lease_key(name)) then
            other := coalesce(auditor.lease_holder(name), 'another session');
            foreach name in array taken loop
                perform pg_advisory_unlock(auditor.lease_key(name));
            end loop;
            return other;
        end if;
        taken := taken || name;
    end loop;
    return '';
end
$$;

create function auditor.give_back_lease(names text[]) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    name text;
begin
    foreach name in array names loop
        if auditor.lease_pid(name) = pg_backend_pid() then
            perform pg_advisory_unlock(auditor.lease_key(name));
        end if;
    end loop;
end
$$;

create function auditor.require_lease(p_deployment text) returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if auditor.lease_pid('deployment ' || p_deployment) is distinct from pg_backend_pid() then
        raise exception using errcode = 'AU001', message = format('no lease on %s in this session', p_deployment);
    end if;
end
$$;

-- The row of an attempt and the line of its intent, before any page is loaded.
create function auditor.begin_attempt(
    p_request text, p_number integer, p_worker text, p_job bigint, p_body text
) returns table (number bigint, at timestamptz, line bytea)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    asked auditor.request;
    working auditor.worker;
begin
    select * into asked from auditor.request where id = p_request for update;
    if not found or asked.ended_at is not null or asked.give_up_at <= clock_timestamp() then
        raise exception using errcode = 'AU001', message = format('request %s is not open', p_request);
    end if;
    perform auditor.require_lease(asked.deployment);
    select * into working from auditor.worker where id = p_worker;
    if not found or working.vantage <> asked.vantage or working.refused <> '' then
        raise exception using errcode = 'AU001', message = format('worker %s gets no work of this vantage', p_worker);
    end if;
    if (p_body::json ->> 'deployment') is distinct from asked.deployment
        or (p_body::json ->> 'run') is distinct from asked.run
        or (p_body::json ->> 'slot') is distinct from asked.planned then
        raise check_violation using message = 'the intent is about another deployment, run or slot than the request';
    end if;
    select * into begin_attempt.number, begin_attempt.at, begin_attempt.line
      from auditor.append_line('intent', p_body);
    insert into auditor.attempt (request, number, intent, worker, job, intent_line)
    values (p_request, p_number, p_body::json ->> 'intent', p_worker, p_job, begin_attempt.number);
    return next;
end
$$;

-- The one end of an attempt: its line, its row and, of a capture, the request's, in the transaction of the lease.
create function auditor.end_attempt(
    p_intent text, p_kind text, p_body text, p_outcome text, p_why text, p_again_seconds integer
) returns table (number bigint, at timestamptz, line bytea)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    made auditor.attempt;
    asked auditor.request;
    begun_at timestamptz;
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
    if (p_kind, p_outcome) not in (('capture', 'capture'), ('gap', 'gap'), ('gap', 'lost'))
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
    select * into end_attempt.number, end_attempt.at, end_attempt.line from auditor.append_line(p_kind, p_body);
    update auditor.attempt as a
       set ended_at = clock_timestamp(), outcome = p_outcome, line = end_attempt.number, why = p_why
     where a.intent = p_intent;
    if p_kind = 'capture' then
        update auditor.request as r
           set ended_at = clock_timestamp(), outcome = 'capture', line = end_attempt.number where r.id = made.request;
    else
        update auditor.request as r
           set next_try_at = clock_timestamp() + make_interval(secs => p_again_seconds) where r.id = made.request;
    end if;
    return next;
end
$$;

-- The end of a request that nobody visits any more: the gap of its slot and its row, in one transaction. False, and
-- nothing is written, where it has ended or is being visited.
create function auditor.give_up(p_request text, p_body text) returns boolean
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    asked auditor.request;
    written bigint;
begin
    select * into asked from auditor.request where id = p_request for update;
    if not found or asked.ended_at is not null
        or exists (select from auditor.attempt where request = p_request and ended_at is null) then
        return false;
    end if;
    if (p_body::json ->> 'run', p_body::json ->> 'deployment', p_body::json ->> 'slot', p_body::json ->> 'intent')
        is distinct from (asked.run, asked.deployment, asked.planned, '') then
        raise check_violation using message = 'no gap of this request''s slot';
    end if;
    select number into strict written from auditor.append_line('gap', p_body);
    update auditor.request set ended_at = clock_timestamp(), outcome = 'gap', line = written where id = p_request;
    return true;
end
$$;

-- An attempt whose connection was lost, gone on with by this session: it has the lease on the deployment then. Empty
-- where it has, else who has it.
create function auditor.take_up_attempt(p_intent text) returns text
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
    select 'deployment ' || deployment into strict held from auditor.request where id = made.request;
    if not pg_try_advisory_lock(auditor.lease_key(held)) then
        return coalesce(auditor.lease_holder(held), 'another session');
    end if;
    update auditor.attempt set session = pg_backend_pid() where intent = p_intent;
    return '';
end
$$;

-- Ends the session of an attempt that takes longer than any may: its lease is free then, and it can commit no more.
-- False where the attempt is not as old, its own session has no lease, or the owner of this function may not end sessions.
create function auditor.end_frozen(p_intent text, p_seconds integer) returns boolean
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    holder integer;
begin
    select auditor.lease_pid('deployment ' || r.deployment) into holder
      from auditor.attempt as a
      join auditor.request as r on r.id = a.request
     where a.intent = p_intent and a.ended_at is null
       and auditor.lease_pid('deployment ' || r.deployment) = a.session
       and a.began_at < clock_timestamp() - make_interval(secs => p_seconds);
    return coalesce(pg_terminate_backend(holder), false);
exception when insufficient_privilege then
    return false;
end
$$;

-- A worker says that it is there; what it is told: why it gets no work, by its clock (in `p_off_ms` from ours).
create function auditor.register_worker(
    p_id text, p_vantage text, p_host text, p_process integer, p_software text, p_places integer, p_egress text,
    p_off_ms bigint, p_refused text
) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    insert into auditor.worker as w (id, vantage, host, process, software, places, egress, off_ms, refused)
    values (p_id, p_vantage, p_host, p_process, p_software, p_places, p_egress, p_off_ms, p_refused)
    on conflict (id) do update
       set egress = excluded.egress, off_ms = excluded.off_ms, refused = excluded.refused, seen_at = clock_timestamp()
     where w.vantage = excluded.vantage
$$;

create function auditor.worker_ended(p_id text) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$ update auditor.worker set ended_at = clock_timestamp(), seen_at = clock_timestamp() where id = p_id $$;

-- A host's turn, after which it is to be left alone for so long: 0, or the seconds for which it is to be left alone yet.
create function auditor.take_host(p_name text, p_seconds double precision) returns double precision
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into auditor.host as h (name, ready_at)
    values (p_name, clock_timestamp() + make_interval(secs => p_seconds))
    on conflict (name) do update set ready_at = excluded.ready_at where h.ready_at <= clock_timestamp();
    if found then
        return 0;
    end if;
    return (select greatest(0.001, extract(epoch from ready_at - clock_timestamp())) from auditor.host where name = p_name);
end
$$;

-- A host asked to be left alone.
create function auditor.hold_host(p_name text, p_seconds double precision) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    insert into auditor.host as h (name, ready_at, held_until)
    select p_name, until, until from (select clock_timestamp() + make_interval(secs => p_seconds)) as asked (until)
    on conflict (name) do update
       set ready_at = greatest(h.ready_at, excluded.ready_at), held_until = greatest(h.held_until, excluded.held_until)
$$;

-- A request that cannot be tried now.
create function auditor.put_off(p_request text, p_seconds double precision) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    update auditor.request set next_try_at = clock_timestamp() + make_interval(secs => p_seconds)
     where id = p_request and ended_at is null
$$;

revoke all on all functions in schema auditor from public;
grant execute on function auditor.lease_holder(text), auditor.lease_pid(text), auditor.lease_key(text)
    to auditor_reader;
grant select on auditor.estate, auditor.vantage, auditor.worker, auditor.request, auditor.attempt, auditor.host
    to auditor_maintenance, auditor_worker, auditor_reader;
grant execute on function auditor.end_frozen(text, integer), auditor.give_up(text, text) to auditor_maintenance;
grant select on auditor.wish to auditor_maintenance, auditor_reader;
grant insert, update, delete on auditor.estate, auditor.vantage, auditor.request, auditor.host, auditor.wish
    to auditor_maintenance;
grant update, delete on auditor.worker to auditor_maintenance;
grant execute on function
    auditor.lease_key(text), auditor.lease_pid(text), auditor.lease_holder(text), auditor.take_lease(text[]),
    auditor.give_back_lease(text[]), auditor.require_lease(text),
    auditor.end_attempt(text, text, text, text, text, integer)
    to auditor_maintenance, auditor_worker;
grant execute on function
    auditor.begin_attempt(text, integer, text, bigint, text), auditor.take_up_attempt(text),
    auditor.register_worker(text, text, text, integer, text, integer, text, bigint, text),
    auditor.worker_ended(text), auditor.take_host(text, double precision), auditor.hold_host(text, double precision),
    auditor.put_off(text, double precision)
    to auditor_worker;
