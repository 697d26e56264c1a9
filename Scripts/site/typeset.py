"""Indices and powers in text."""

import re

# A letter with its marks and an index, such as W_j, σ̂_{r+1} or e_far, several in a row; and powers.
LETTER = r"[A-Za-z∇∫ℓ\u00c0-\u024f\u0370-\u03ff\u1e00-\u1eff\U0001d4d0-\U0001d503][\u0300-\u036f]?"
INDEX = r"(?:\{[^{}]*\}|far|near|min|max|null|dx|dy|xx|xy|yy|ab|ij|jk|ii|[A-Za-z0-9\u0370-\u03ff+−]|[₀-₉]|[\U0001d4d0-\U0001d503])"
INDICES = re.compile(rf"(?<![a-z]{{2}})(?<!_[a-z])(?<!_)(?:(?:{LETTER}|max|min|[)⟩‖])_{INDEX}[²′ᵀ*]*)+(?![A-Za-z]*_[a-z]{{2}})")
POWER = re.compile(r"(?<=\S)\^(\{[^{}]*\}|\([^()]*\)|[−-]?[A-Za-z0-9]+)")


def typeset(text):
    """Indices and powers of text that is escaped already as a browser sets them."""
    def bare(inner):
        return inner[1:-1] if inner[0] in "{(" else inner
    text = INDICES.sub(lambda run: re.sub(rf"_({INDEX})", lambda m: f"<sub>{typeset(bare(m[1]))}</sub>", run[0]), text)
    return POWER.sub(lambda m: f"<sup>{bare(m[1])}</sup>", text)
