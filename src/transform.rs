//! Expansion: includes, language extensions, SAM. Generated nodes keep the place of the author's text that caused them.
