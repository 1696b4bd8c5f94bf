"""The fleet's ledger: the journal in PostgreSQL, appended to by workers through a function and signed by maintenance.

==================  ====================================================================================================
`postgres_journal`  `PostgresJournalStore`: lines, hash tiles and the signed head as rows
==================  ====================================================================================================
"""
