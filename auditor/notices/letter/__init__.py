"""The letter: what it says, its papers, the message that goes out, and the record of a draft. Pure.

`contents`      which elements a letter holds, from what it says
`papers`        the notice as blocks, and these as DOCX and as HTML, in Chinese and in English
`message`       the mail, as the exact bytes that are approved and sent
`draft_record`  `notice.json`: what was drafted, from what, and every file with its digest
"""
