"""`auditor profile`: a page looked at, described by a person, and written into `targets.yaml`.

============  =========================================================================================================
`hints`       what a person who describes a page can do next, said beside what the page shows
`numbering`   numbers of what a page offers, kept from one look to the next
`page_entry`  describing a page: from what it shows and what a person says each thing is, to an entry of `targets.yaml`
`preview`     a look at a page as a visit would have it, kept nowhere: what `auditor profile` describes pages from
============  =========================================================================================================
"""
