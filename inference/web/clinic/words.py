"""The words of the pages of the records, in each language."""

# Gradio is typed in part.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import gradio as gr

LANGUAGES = ("en", "de")
#: Set by the page of the settings, for this browser alone.
LANGUAGE_COOKIE = "cx_language"
_FOLDER = Path(__file__).parent / "words"


class Catalogue:
    """The words of one language: `catalogue["patients.search"]`, with places `catalogue.say("visit.due", day=...)`."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self.texts = dict(texts)
        self._months = texts["months"].split()

    def __getitem__(self, key: str) -> str:
        return self.texts[key]

    def say(self, key: str, **values: object) -> str:
        """A text with its places filled."""
        return self.texts[key].format(**values)

    def count(self, key: str, number: int) -> str:
        """A text by number: the key with .one for 1, else with .many, and {n} filled."""
        return self.say(f"{key}.one" if number == 1 else f"{key}.many", n=number)

    def term(self, word: str) -> str:
        """A word of the records (`inference.records.terms`); one without translation as it is."""
        return self.texts.get(f"term.{word}", word)

    def nth(self, number: int) -> str:
        """As in "3rd"."""
        usual = self.texts["nth"].split()
        return usual[number - 1] if 0 < number <= len(usual) else self.say("nth.more", n=number)

    def day(self, day: date, *, year: bool = True) -> str:
        """As in "4 Mar 2026": no country reads it as another day."""
        text = self.say("day", day=day.day, month=self._months[day.month - 1])
        return f"{text} {day.year}" if year else text

    def number(self, value: float | None, decimals: int = 0) -> str:
        """With the language's decimal sign; an en dash for what is not known."""
        if value is None:
            return "–"
        text = f"{value:.{decimals}f}".replace("-", "−").replace(".", self.texts["decimal"])
        return text.removeprefix("−") if not any(digit in text for digit in "123456789") else text

    def signed(self, value: float | None, decimals: int = 0) -> str:
        """A difference with its sign, a true minus; no sign on nothing."""
        text = self.number(value, decimals)
        rises = value is not None and value > 0 and any(digit in text for digit in "123456789")
        return f"+{text}" if rises else text


@cache
def catalogue(language: str) -> Catalogue:
    """The words of a language of `LANGUAGES`."""
    texts: dict[str, str] = {}
    for path in sorted(_FOLDER.glob(f"*{language}.toml")):
        texts |= tomllib.loads(path.read_text(encoding="utf-8"))
    return Catalogue(language, texts)


def words(request: gr.Request | None) -> Catalogue:
    """In the language that was chosen in this browser, or that it asks for first and that there is; else English."""
    if request is None:
        return catalogue("en")
    chosen: str = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return catalogue(chosen)
    asked: str = request.headers.get("accept-language", "")
    for part in asked.split(","):
        language = part.split(";")[0].strip().lower().split("-")[0]
        if language in LANGUAGES:
            return catalogue(language)
    return catalogue("en")


def component_words() -> gr.I18n:
    """The same words for labels of Gradio's components: `component_words()("patients.search")`."""
    return gr.I18n(**{language: catalogue(language).texts for language in LANGUAGES})
