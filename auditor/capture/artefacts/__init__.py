"""From what a page showed to artefacts on the stage: originals taken, secrets masked, traffic archived.

==================  ====================================================================================================
`connection_facts`  short facts of the connections a visit made: addresses, certificates, servers
`mask`              the secrets of a visit masked in bytes: every written form becomes as many `x` as it has
`masking`           masking inside structured files: parts of MHTML behind an encoding, the strings of a DOM snapshot
`page_originals`    taking the originals of a page: picture first, then everything else, then a look whether it moved
                    meanwhile
`picture_bars`      bars over the secrets that a picture shows, by where the layout drew their text
`secrets`           secrets of a visit: what counts as one
`spellings`         how a secret may be written in a stored file
`warc`              the traffic of a visit as WARC/1.1 (ISO 28500): request, response and metadata records, each gzipped
`writer`            from originals in memory to artefacts on the stage: masked, compressed, hashed
==================  ====================================================================================================
"""
