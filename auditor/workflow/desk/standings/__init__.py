"""How each scope stands: of everybody from rows that one thread of `serve` keeps, of a small scope composed.

Protocol: the office has one `ScopeStandings`; `of(scope)` is a `ScopeStanding`, and pages know no difference. For
whoever sees everybody, lists, sums and trends are seeks in the index, and one deployment or one finding is judged anew
when it is opened.

=============  ======================================================================================================
`scope_standings`  which of both answers for a scope
`composed`     a small scope, composed from every capture of it
`keeper`       one thread that follows the journal and judges what is marked, in small turns
`index_pool`   connections to the index, each used by one thread at a time
`kept`         lists, sums, searches of everything
`opened`       one deployment judged now, as the report of it alone
=============  ======================================================================================================
"""
