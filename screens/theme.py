"""The colours. Only here are colours named by value; everything else uses theme variables.

Two themes: one for terminals with many colours and one made of the terminal's own eight, for
serial consoles, where a near-black panel would round to black and grey text would vanish.
"""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES, Theme

DARK = Theme(
    name="stepdown",
    primary="#61afef",
    secondary="#7f8c9f",
    accent="#ffa62b",
    warning="#ff9130",
    error="#ff0f60",
    success="#98e024",
    foreground="#e3e7ee",
    background="#10151d",
    surface="#171d27",
    panel="#1c2532",
    dark=True,
    variables={
        "text-primary": "#61afef",
        "text-success": "#98e024",
        "text-warning": "#ff9130",
        "text-error": "#ff4a86",
        "text-accent": "#ffa62b",
        "text-muted": "#8b95a5",
        "live": "#c0392b",
        "practice": "#2e7d46",
        "review": "#2f6fad",
        "badge-text": "#ffffff",
        "chip": "#d9dee8",
        "chip-text": "#10151d",
        "added": "#12301c",
        "removed": "#3a1220",
        "rule": "#2b3443",
        "countdown": "#ffb92e",
        "field-focus": "#243044",
        "footer-key-foreground": "#ffa62b",
        "footer-background": "#1c2532",
        "footer-item-background": "#1c2532",
        "footer-description-background": "#1c2532",
        "footer-key-background": "#1c2532",
        "footer-description-foreground": "#c9d1dd",
        "block-cursor-background": "#243044",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#1c2532",
        "block-cursor-blurred-foreground": "#e3e7ee",
        "scrollbar": "#3a4658",
        "scrollbar-background": "#141a23",
        "border": "#61afef",
        "border-blurred": "#2b3443",
    },
)
"""As in the pictures."""

EIGHT = Theme(
    name="stepdown-8",
    primary="ansi_cyan",
    secondary="ansi_blue",
    accent="ansi_yellow",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    ansi=True,
    variables={
        **BUILTIN_THEMES["ansi-dark"].variables,
        "text-muted": "ansi_default",
        "text-disabled": "ansi_default",
        "live": "ansi_red",
        "practice": "ansi_green",
        "review": "ansi_blue",
        "badge-text": "ansi_white",
        "chip": "ansi_white",
        "chip-text": "ansi_black",
        "added": "ansi_default",
        "removed": "ansi_default",
        "rule": "ansi_blue",
        "countdown": "ansi_yellow",
        "footer-key-foreground": "ansi_yellow",
        "block-cursor-background": "ansi_default",
        "block-cursor-foreground": "ansi_default",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "ansi_default",
        "block-cursor-blurred-foreground": "ansi_default",
        "field-focus": "ansi_blue",
        "border": "ansi_cyan",
        "border-blurred": "ansi_blue",
        "scrollbar": "ansi_white",
        "scrollbar-background": "ansi_default",
    },
)
"""For consoles with eight or sixteen colours."""

OWN_VARIABLES = (
    "live",
    "practice",
    "review",
    "badge-text",
    "chip",
    "chip-text",
    "added",
    "removed",
    "rule",
    "countdown",
    "field-focus",
)
"""What Textual's own themes do not have."""
