"""What callers hear: prompts are data (a text, a voice, perhaps a recording), never code.

A city lists them in ``prompts.csv``; ``build`` makes the sound files Asterisk plays and, apart from those files, an
acoustic fingerprint of what each text must sound like, so that a call can prove afterwards which prompt was played.
No Django here: the dial test must run without a database.
"""

from .build import build, path
from .catalogue import Prompt, read, spoken
from .counting import is_template, said, spelt_out
from .fingerprint import Library, load

__all__ = [
    "Library",
    "Prompt",
    "build",
    "is_template",
    "load",
    "path",
    "read",
    "said",
    "spelt_out",
    "spoken",
]
