"""The layers of a comparison: what two systems have in common in each, with the raw lists. Pure.

================  ======================================================================================================
`asset_layer`     files with equal bytes on both sides: styles, pictures, fonts, scripts
`code_layer`      the served scripts of two systems: all together, file by file, function by function
`marker_layer`    declared markers: where each system shows or serves them
`screen_layer`    one screen on both sides: labels in their order, names, and the pictures as an illustration
================  ======================================================================================================
"""
