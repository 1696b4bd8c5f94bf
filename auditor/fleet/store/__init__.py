"""The fleet's evidence store: an S3-compatible one, in which every object is made once and read back.

=================  =====================================================================================================
`address`          where a bucket is
`bucket`           objects made once and read back, ranges read, keys listed; errors in one line
`object_lock`      what the bucket's library has no call for: Object Lock, versions of a key and their end
`carrying`         evidence brought to this machine's disk, packages one after another
`package_objects`  a package as one object: a zip that is stored, not compressed
`trial`            a store tried before it is relied on
`s3_store`         `S3EvidenceStore`: packages and small files by their paths below `evidence/`
=================  =====================================================================================================
"""
