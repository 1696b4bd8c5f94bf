"""References written from the declarations: the JSON Schema of a targets file and the manual's table of keys.

===============  ==================================================================================================
`key_reference`  the reference part of `docs/targets.md`, written from the declarations that the loader itself uses
`schema`         the JSON Schema of a targets file, for completion and checking in editors
===============  ==================================================================================================
"""
