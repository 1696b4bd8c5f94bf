"""The floor: frozen values that every room shares, and the glossary of their names.

=================  =====================================================================================
deployment         one running instance of a licensed product, by the address a visitor uses
page               a page of the product that states counts, described once for all its deployments
metric             the unit that is licensed, counted and priced: branch, user, device port
intent             the journalled statement, before the first page load, that a visit is about to happen
capture            one visit: `complete`, `partial` or `failed`, computed from its steps and views
view               one page as it stood when it was captured; a list over four pages gives four
artefact           a file of evidence, hashed at birth
circumstances      the checked state of the capturing machine before the visit (清洁性检查)
package            the committed, read-only folder of one capture, described by its manifest
seal               verified timestamp tokens over the manifest, from a quorum of different owners
filing             a package about one subject that is no visit: a look-up of an address, what a person looked up
notice             a letter to a host, drafted from sealed captures, approved by its digest, sent by a person
segment            256 journal lines, sealed: written once, with the hash tile over them
fold               what stands open in the journal at some line: small, and named by the checkpoint's line
gap                a planned slot that ended without a visit, and why
reading            what stored bytes say: quantities, fields and lists, each with its raw text and place
displayed          the count a page states
listed             the rows counted on the list, independently of what is displayed
confirmed          the count a named person decided, with the reason for each row left out
cap                the limit a page says is registered; `unlimited` is a value, not a number
entitlement        the right to use, as a quantity of a metric that changes on stated days
position           entitled against used, for one contract, deployment and metric at one moment
over_by            units over entitlement by record; not a statement that a contract was breached
standing index     positions and findings kept in columns as facts change: for screens, and never evidence
finding            one rule's statement, with severity, certainty and the stored texts it rests on
decision           what a named person decided, on what evidence; never edited, only superseded
note               a reason or remark as a code with values; `auditor.wording` makes its words, English and Chinese
outcome            how a view ended; only `observed` may carry a number
=================  =====================================================================================

Files:

==============  ========================================================================================================
`candidates`    which of many addresses run the product: its fingerprint, and what each front page answers
`captures`      what a visit brought back
`claims`        what is claimed, on what legal model, and how each figure is derived
`comparisons`   two systems compared, item by item, with what was left out and what controls show
`evidence`      what is kept and how it is proved: packages, seals, the journal, what a verifier answers and collects
`filings`       what is filed beside the visits: sealed packages that are no captures
`hosting`       where a deployment runs: what was asked about an address, what was answered, the eight sentences
`notices`       notices to a host: what the law asks for, what a letter holds, how it went out, what came back
`findings`      what the comparison says: positions, findings, and the analyst's decisions they rest on
`people/`       who uses the pages: roles, what each may do, and of whom a person may see anything
`notes`         a reason or remark as a value: a code, and what its sentence names
`reports`       the one value every report is rendered from
`standing`      positions and findings as they stand, in columns, with the sums of each reader
`severity`      the order in which findings matter, and the states in which a person is done with one
`events/`       journal events: what each line of the journal says, one frozen class for each shape
`ports/`        the ports of the house: what a plug must do to be a way of seeing, a witness of time, or a place to keep
                things
`targets/`      what `targets.yaml` declares: deployments, contracts, recurrence, law, and all of it as one value
`reading/`      what was read from stored bytes, its four checks, and what a capture counted
==============  ========================================================================================================
"""
