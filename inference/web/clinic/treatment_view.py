"""Treatments and what belongs to them, as pieces of page."""

from typing import Any, get_args

from inference.records.entries import TreatmentDefaults
from inference.records.facts import ClinicSettings, PatientRecord, Treatment
from inference.records.terms import (
    NEEDLE_LENGTH_MM,
    NEEDLING,
    AdverseEventKind,
    Agent,
    Anaesthetic,
    Device,
    EnergyUnit,
)
from inference.web.clinic.hints import PigmentHint, SkinHint
from inference.web.clinic.treatment_entry import CHECKLIST
from inference.web.clinic.words import Catalogue
from inference.web.view import render


def render_treatment(
    record: PatientRecord,
    treatment: Treatment | None,
    hints: tuple[SkinHint, ...],
    settings: ClinicSettings,
    today: str,
    words: Catalogue,
) -> str:
    """The form of a treatment with the questions before it; filled where `treatment` is changed."""
    answers = next(
        (one for one in record.checklists if treatment is not None and one.treatment_id == treatment.id), None
    )
    return render(
        "clinic/treatment_form.html",
        patient=record.patient,
        treatment=treatment,
        given=_given(treatment, settings.treatment, today),
        answers={} if answers is None else answers.answers,
        checklist=answers,
        items=CHECKLIST,
        hints=hints_by_item(hints, words),
        devices=get_args(Device),
        needling=NEEDLING,
        needle=NEEDLE_LENGTH_MM,
        units=get_args(EnergyUnit),
        anaesthetics=get_args(Anaesthetic),
        agents=get_args(Agent),
        areas=[view.name for view in record.views],
        people=settings.raters,
        words=words,
    )


def _given(treatment: Treatment | None, proposed: TreatmentDefaults, today: str) -> dict[str, Any]:
    """Values of the fields, by name; "" where there is none."""
    if treatment is not None:
        values = treatment.model_dump(mode="json")
    else:
        values = {name: None for name in Treatment.model_fields} | proposed.model_dump(mode="json")
        values |= {"on": today, "agents": []}
    return {name: "" if value is None else value for name, value in values.items()}


def hints_by_item(hints: tuple[SkinHint, ...], words: Catalogue) -> dict[str, list[str]]:
    """What the newest photographs say, beside the questions that it bears on."""
    acne: list[str] = []
    raised: list[str] = []
    for hint in hints:
        view, day = words.term(hint.view), words.day(hint.on)
        if hint.red_fraction is not None:
            share = words.number(100 * hint.red_fraction, 0 if hint.red_fraction >= 0.1 else 1)
            acne.append(words.say("treatment.red", view=view, day=day, share=share))
        key = "treatment.raised" if hint.raised else "treatment.no_raised"
        raised.append(
            words.say(key, view=view, day=day, scars=words.count("treatment.raised_scars", hint.raised))
        )
    if acne:
        acne.append(words["treatment.acne_not_told"])
    return {"active acne or infection": acne, "keloid tendency": raised}


def render_beside(
    record: PatientRecord,
    pigment: tuple[PigmentHint, ...],
    settings: ClinicSettings,
    today: str,
    words: Catalogue,
) -> str:
    """The planned series, adverse events and the treatments so far."""
    return render(
        "clinic/treatment_beside.html",
        record=record,
        numbers={treatment.id: treatment.number for treatment in record.treatments},
        answered={one.treatment_id: one for one in record.checklists if one.treatment_id is not None},
        alone=[one for one in record.checklists if one.treatment_id is None],
        items=CHECKLIST,
        kinds=get_args(AdverseEventKind),
        pigment=[_pigment(hint, words) for hint in pigment],
        settings=settings,
        today=today,
        last=record.treatments[-1].id if record.treatments else None,
        words=words,
    )


def _pigment(hint: PigmentHint, words: Catalogue) -> dict[str, Any]:
    factor, decimals = (100.0, 1) if hint.metric.endswith("fraction") else (1.0, 1)
    return {
        "text": words.say(
            "treatment.pigment",
            view=words.term(hint.view),
            what=words[f"metric.{hint.metric}"],
            before=words.number(factor * hint.before, decimals),
            after=words.number(factor * hint.after, decimals),
            error=words.number(factor * hint.mdc95, decimals),
            since=words.day(hint.since),
            on=words.day(hint.on),
        ),
        "values": {"kind": "pigment change", "starts_on": hint.on.isoformat()},
    }
