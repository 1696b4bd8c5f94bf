"""Spreadsheets that somebody else made, read as cells.

==========  ===========================================================================
`workbook`  cells of an XLSX workbook, bounded: as texts, or with what each of them is
==========  ===========================================================================
"""
