"""The report in every form: one document in, files out.

=============  ======================================================================================================
`console`      positions and findings as tables for a terminal
`html`         the HTML report: one self-contained page, no script, nothing loaded from anywhere
`json_report`  the JSON report, format `auditor.report/1`: for machines, stable, both languages in one document
`json_writer`  JSON of a large document, written row by row: the bytes that Python's own writer makes, in a fraction
               of its time
`list_files`   a list as CSV, XLSX or JSON, written part by part, in memory that does not grow with its rows
`overview_json`  the overview of what stands as JSON, format `auditor.standing/1`
`xlsx_csv`     CSV and XLSX. A cell of foreign text never becomes a formula; the same report gives the same bytes
`pages`        small pages beside the report: templates with escaping
`registry`     the plugs of this room: one document in, files out, the same input the same bytes
=============  ======================================================================================================
"""
