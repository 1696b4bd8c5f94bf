"""RFC 3161 timestamps: authorities asked, every token checked at once, a quorum insisted on, revocation kept.

==================  ====================================================================================================
`client`            asking timestamp authorities over HTTP (RFC 3161 §3.4), all at once, bounded in time and size
`filing_seals`      timestamps over filings: the same authorities, quorum and outbox
`messages`          what a timestamp request and response say (RFC 3161 §2.4), without believing any of it
`probe`             asking each authority once, for nobody's evidence: does it answer, does its token verify, what
                    time has it
`revocation_check`  what kept revocation lists and OCSP answers say of a token's certificates
`revocation_fetch`  revocation lists and answers, saved near the time of stamping, because nobody serves them years
                    later
`sealer`            sealing: every authority at once, a quorum of different owners, an outbox for what waits, back-off
                    for who fails
`token_checks`      what one authority's response is worth for one digest: every check of RFC 3161 §2.2 and §2.4.2, in a
                    fixed order
`trust_anchors`     which certificates an authority's tokens may lead to, and whether a signer does
==================  ====================================================================================================

Port: `auditor.model.ports.TimestampAuthority`; whoever meets it can be given to the `Sealer`. Plug:
`HttpTimestampAuthority`.
"""
