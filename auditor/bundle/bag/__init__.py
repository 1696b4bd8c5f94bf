"""The bag itself: a BagIt folder and its zip, written to the same bytes each time, and read as something hostile.

=============  =======================================================================================================
`bag`          writing a BagIt bag (RFC 8493) so that the same inputs give the same bytes
`disk_tables`  tables that lie on the disk while a bag is written or checked: memory stays the same, however many
               captures
`layout`       where things lie in a bag, and which names it may hold
`reader`       reading a bag that others handed in, as a folder or as a zip: hostile until shown otherwise
`tables`       JSON and CSV as a bag holds them: one form, written line by line
`zip_archive`  the zip of a bag (APPNOTE 6.3.10): entries stored, names sorted, dates fixed, the directory kept on the
               disk
=============  =======================================================================================================
"""
