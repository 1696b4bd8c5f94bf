"""The desk: what one person who is signed in may see and do. Pages and the API know nothing else of the house.

Protocol: `serve` opens one `Office` over a workspace. For each request the door asks it who is there and is given a
`Desk`, bound to that person's scope: `desk.estate` has nobody in it whom the person may not see, `desk.reads` answers
about those alone, `desk.acts` journals before it answers, `desk.people` is there for who administers accounts. An id
that is unknown and one of another customer are refused alike: `NotShownError`.

============  ====================================================================================================
`desk`        a person's desk: the estate of the scope, and what may be asked and done there
`office`      what `serve` holds for all its life: the workspace, the people, the sessions, the log of views
`acts`        acts: decisions, remarks, hand-outs, requests, refusals; journalled before they are answered
`administration`  accounts, grants and sessions, for who administers them
`accounts`    accounts: made, granted, revoked; links for a first password and for recovery
`entrance`    signing in: password and code, passkey, one-time link, API token; shown again where an act asks for it
`own_means`   one's own means of signing in: password, passkeys, one-time codes, tokens, sessions
`estates`     the estate as each scope sees it
`standings/`  how each scope stands: of everybody from rows that are kept, of a small scope composed
`reads/`      what is asked: lists, one deployment, one capture, findings, contracts, search
`wording`     values in words for the pages: money, days, counts, notes, foreign text
`desk_works`  runs, bundles, verifications and letters that a person has made; proposals, lists kept by name
`works`       heavy work as child processes of this program
`proposals`   descriptions of pages that wait for a manager
`saved_views`  lists that a person keeps by name
============  ====================================================================================================
"""
