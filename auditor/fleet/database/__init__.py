"""The fleet's database: connections, roles, and the schema with its functions; the SQL is in `sql/`.

============  =========================================================================================================
`connection`  connections to the database: settings, roles, and what is said where they fail
`listing`     what stands in a schema, an object a line: compared, and told by one digest
`schema`      the schema: numbered SQL files, each applied once, compared at every start
============  =========================================================================================================
"""
