"""`auditor bundle`, and `auditor verify` of a bundle.

Protocol: `export_bundle(instruments, request, output, progress)` selects, verifies, writes, signs and journals;
`verify_bundle(path, workspace, trust)` checks with keys from elsewhere.

==============  ========================================================================================================
`attachments`   what other rooms add to a bundle: the report, the claim's sums with their worksheet, the contract's
                documents
`comparisons`   `auditor compare exhibit`, and the comparisons of a bundle: each an evidence item with its own number
`export`        handing over: what is chosen is verified, put in a bag with its proofs, signed, timestamped and
                journalled
`filings`       look-ups and attachments about the selection, and the hosting record as one file
`notice_papers`  certificates of delivery and timelines of notices, written to a folder and put into bundles
`pdf`           a printer for rooms that need a PDF: Chromium, started when the first page is printed, ended with the
                work
`redactions`    what is to be removed from a bundle: decisions of kind `redaction`, in the words a person journalled
                them with
`selection`     for a bundle: the moment, the selection, and the dossier made of what every room has to say about it
`shown_events`  what the journal lines shown in a bundle say of keys and witnesses
`verify`        verifying a bundle that was handed in, with keys and roots from elsewhere than the bundle
==============  ========================================================================================================
"""
