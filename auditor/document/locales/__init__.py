"""The languages the reader speaks: one TOML file each, in one form, so that a native speaker can add one. Pure.

Protocol: `languages()` gives every file of this folder, checked; `language_of(locale)` the one a page declares. A file
that lacks a key, has another, or holds a word of the wrong shape is refused with its name and the key when the reader
is imported. What every key means stands in `docs/languages.md`.

===========  ========================================================================================================
`language`   one language as data: the form of the files, and what is refused in one
`*.toml`     a language each, named by its ISO 639-1 code
===========  ========================================================================================================
"""

from auditor.document.locales.language import Language, SignsOfNumbers, language_of, languages, parse_language

__all__ = ["Language", "SignsOfNumbers", "language_of", "languages", "parse_language"]
