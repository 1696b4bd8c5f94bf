"""Papers of a bag: drafts and lists for a court, stating facts and leaving opinions blank.

Protocol: a paper is a function from facts to the bytes of a DOCX; the table of all is `registry.PAPERS`.

================  ======================================================================================================
`capture_facts`   what the papers state of each capture: short facts kept while the packages go by
`cn`              drafts for a proceeding in China: art. 93 sheet, 清洁性检查报告, 取证过程说明. Opinions are blanks
`contract_terms`  what was licensed, as facts with their clauses: terms, the ledger of entitlements, evidence of prices
`general`         papers for any court: system description, chain-of-custody log, likely challenges with what answers
                  them
`readme`          the texts at the top of a bag: what it is, how it is checked, what it cannot prove
`registry`        all papers of a bundle, as a table: file name to the function that writes it
`us`              drafts for a proceeding in the United States: FRE 902(13), 902(14), 902(11) with the forms of 28
                  U.S.C. §1746
================  ======================================================================================================
"""
