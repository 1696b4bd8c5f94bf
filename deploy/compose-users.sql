-- Users of deploy/compose.yaml, each with the role that its process works as. They have no password until one is given.
create role auditor_maintenance nologin;
create role auditor_worker nologin;
create role auditor_reader nologin;
create user maintenance in role auditor_maintenance, auditor_reader;
create user worker in role auditor_worker;
