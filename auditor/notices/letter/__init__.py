"""The letter: what it says, its papers, the message that goes out, and the record of a draft. Pure.

`contents`      which elements a letter holds, from what it says
`blocks`        what papers are made of, and these as DOCX, as HTML for the printer, as plain text
`papers`        the notice as blocks, in Chinese and in English
`record_papers`  the certificate of its delivery, and its timeline
`dkim`          its signature by the key of the sender's domain
`message`       the mail, as the exact bytes that are approved and sent
`draft_record`  `notice.json`: what was drafted, from what, and every file with its digest
"""
