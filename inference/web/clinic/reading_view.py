"""A blinded reading as pieces of page. Nothing of a trial reaches the page but two pictures and its place in the
order."""

from collections.abc import Sequence
from typing import Any

from inference.reading.design import Design
from inference.reading.desk import OpenDesign, Standing
from inference.reading.order import Trial
from inference.reading.scales import Scale
from inference.records.readings import Reading
from inference.web.clinic.words import Catalogue
from inference.web.drawing import Picture
from inference.web.view import render


def render_code(design: int | None, words: Catalogue) -> str:
    """Where nobody logs in, a reader says who they are."""
    return render("clinic/reading_code.html", design=design, words=words)


def render_designs(
    found: Sequence[tuple[OpenDesign, Standing]], reader: str, typed: bool, words: Catalogue
) -> str:
    """The readings that this reader can do. typed: the reader is known by a code, and may type another one."""
    rows = [
        {"id": opened.id, "title": title(opened, words), "standing": standing} for opened, standing in found
    ]
    return render("clinic/reading_designs.html", rows=rows, reader=reader, typed=typed, words=words)


def render_intro(opened: OpenDesign, standing: Standing, reader: str, typed: bool, words: Catalogue) -> str:
    """What is asked, the scale and the keys; where the reader is."""
    scale = opened.design.asked
    return render(
        "clinic/reading_intro.html",
        title=title(opened, words),
        standing=standing,
        scale=scale,
        steps=[(step, *_names(scale, step, words)) for step in _steps(scale)],
        keys=_keys(scale, words),
        reader=reader,
        typed=typed,
        words=words,
    )


def render_trial(
    design: Design,
    trial: Trial,
    standing: Standing,
    pictures: tuple[Picture, Picture],
    given: Reading | None,
    words: Catalogue,
) -> str:
    """One pair. given: the answer that is to be changed."""
    scale = design.asked
    return render(
        "clinic/reading_trial.html",
        place=trial.place,
        number=standing.done if given is not None else standing.done + 1,
        total=standing.total,
        can_go_back=given is None and standing.last is not None,
        sides=[
            {"name": name, "picture": picture, "given": grade}
            for name, picture, grade in zip(
                ("left", "right"),
                pictures,
                (None, None) if given is None else (given.left_grade, given.right_grade),
                strict=True,
            )
        ],
        scale=scale,
        steps=_bar(scale, words),
        grades=[(step, _names(scale, step, words)[0]) for step in _steps(scale)],
        given=given,
        words=words,
    )


def title(opened: OpenDesign, words: Catalogue) -> str:
    """Of a reading."""
    return opened.design.title or words.say("reading.untitled", n=opened.id)


def _steps(scale: Scale) -> Sequence[int]:
    return range(1 if scale.asks == "side" else 0, scale.most + 1)


def _names(scale: Scale, step: int, words: Catalogue) -> tuple[str, str]:
    """A step's name, and what it means."""
    return words[f"reading.{scale.name}.{step}"], words[f"reading.{scale.name}.{step}.what"]


def _bar(scale: Scale, words: Catalogue) -> list[tuple[int, str]]:
    """From much better on the left over no difference to much better on the right: value and name."""
    if scale.asks != "side":
        return []
    names = {0: words["reading.same"]} | {step: _names(scale, step, words)[0] for step in _steps(scale)}
    return [(value, names[abs(value)]) for value in range(-scale.most, scale.most + 1)]


def _keys(scale: Scale, words: Catalogue) -> list[str]:
    most: dict[str, Any] = {"most": scale.most}
    if scale.asks == "side":
        own = [words["reading.keys.side"], words.say("reading.keys.amount", **most)]
    else:
        own = [words["reading.keys.active"], words.say("reading.keys.grade", **most)]
    return [*own, *(words[f"reading.keys.{key}"] for key in ("enter", "none", "back", "pause"))]
