"""Texts a second on one core, beside a bare Jinja2 render; and what `catalog check` takes.

Rules: what is printed is a ratio of figures of one run, each the best of several rounds,
since machines differ and are noisy.

    python -m bench.texts [templates]
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import jinja2

from streams.catalog.catalog import parse_catalog
from streams.catalog.template import Template, checked
from streams.text.render import render
from streams.text.segment import encode, payloads

ROUNDS = 5
RENDERS = 10_000
LOCALES = ("en", "fr", "de", "ar")

DEFAULTS = """\
sender: Chappe
default_locale: en
opt_out: {en: [STOP], fr: [STOP], de: [STOP], ar: [STOP]}
purposes:
  transactional: {lane: normal, deliver_within: 24h}
"""
TEMPLATE = """\
description: Appointment of kind NUMBER
owner: agenda-team
on_event: {topic: domain.agenda, type: appointment.kind-NUMBER}
to: {phone: data.phone, locale: data.locale}
purpose: transactional
budget: {segments: 3}
variables:
  name: {from: data.name, type: name, example: Jane, longest: Maximilienne, missing: {use: short}}
  day: {from: data.day, type: date, example: "2026-11-23", longest: "2026-09-30", missing: refuse}
  time: {from: data.at, type: time, example: "14:30", longest: "14:30", missing: {default: "09:00"}}
  price: {from: data.price, type: money, currency: currency, example: "12.50", longest: "1234.50"}
  currency: {from: data.currency, type: code, example: EUR, longest: EUR, missing: {default: EUR}}
texts:
  en:
    main: "{{ name }}, appointment NUMBER is on {{ day }} at {{ time }}. Please bring {{ price }}."
    short: "Appointment NUMBER is on {{ day }} at {{ time }}. Please bring {{ price }}."
  fr:
    main: "{{ name }}, le rendez-vous NUMBER est le {{ day }} à {{ time }}. Apportez {{ price }}."
    short: "Le rendez-vous NUMBER est le {{ day }} à {{ time }}. Apportez {{ price }}."
  de:
    main: "{{ name }}, Termin NUMBER ist am {{ day }} um {{ time }}. Bitte {{ price }} mitbringen."
    short: "Termin NUMBER ist am {{ day }} um {{ time }}. Bitte {{ price }} mitbringen."
  ar:
    main: "{{ name }}، الموعد NUMBER يوم {{ day }} الساعة {{ time }}. المبلغ {{ price }}."
    short: "الموعد NUMBER يوم {{ day }} الساعة {{ time }}. المبلغ {{ price }}."
tests:
  - name: usual
    given: {name: Jane, day: "2026-11-23", time: "14:30", price: "12.50", currency: EUR}
    expect: {fr: "Jane, le rendez-vous NUMBER est le 23 nov. 2026 à 14:30. Apportez 12,50 €."}
  - name: without a day nothing is said
    given: {name: Jane, price: "12.50"}
    expect: {refused: missing_data, variable: day}
"""

ONE = """\
description: A text to measure
owner: bench
on_event: {topic: domain.bench, type: bench}
to: {phone: data.phone}
purpose: transactional
variables:
  name: {from: data.name, type: name, example: Jane, longest: Jane, missing: refuse}
  code: {from: data.code, type: code, example: X1, longest: X1, missing: refuse}
texts:
  en: "SOURCE"
"""
GSM = "Hello {{ name }}, your package {{ code }} has arrived at your relay store. "
UCS2 = "Привет, {{ name }}, посылка {{ code }} ждёт вас. "
TEXTS = {
    "GSM, 1 segment": GSM,
    "GSM, 4 segments": GSM * 7,
    "UCS-2, 1 segment": UCS2,
    "UCS-2, 4 segments": UCS2 * 5,
}
VALUES = {"name": "Jane", "code": "X00289746"}


def rate(what: Callable[[], object]) -> float:
    """Calls a second, in the best of the rounds."""
    best = 0.0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(RENDERS):
            what()
        best = max(best, RENDERS / (time.perf_counter() - began))
    return best


def one(template: Template, values: Mapping[str, str]) -> int:
    """All that the engine does with a text: check the values, render, encode, cut."""
    text = render(template, "en", checked(template, values)).text
    return len(payloads(encode(text), 1))


def renders() -> None:
    """A line for each text."""
    print(f"{'text':<18} {'segments':>8} {'bare Jinja2':>12} {'ours':>10} {'ratio':>6}")
    for name, source in TEXTS.items():
        content = ONE.replace("SOURCE", source.strip())
        found = parse_catalog({"_defaults.yaml": DEFAULTS, "bench.yaml": content})
        template = found.templates["bench"]
        bare = jinja2.Environment(autoescape=False).from_string(source)
        baseline = rate(lambda bare=bare: bare.render(VALUES))  # type: ignore[misc]
        ours = rate(lambda template=template: one(template, VALUES))  # type: ignore[misc]
        print(f"{name:<18} {one(template, VALUES):>8} {baseline:>10,.0f}/s {ours:>8,.0f}/s "
              f"{ours / baseline:>6.2f}")  # fmt: skip


def check(count: int) -> None:
    """The command as people run it, start of the interpreter included."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "_defaults.yaml").write_text(DEFAULTS, encoding="utf-8")
        for number in range(count):
            content = TEMPLATE.replace("NUMBER", str(number))
            Path(folder, f"kind-{number:04d}.yaml").write_text(content, encoding="utf-8")
        began = time.perf_counter()
        run = subprocess.run(
            [sys.executable, "-m", "agents.cli.main", "catalog", "check", folder],
            stdout=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        took = time.perf_counter() - began
    if run.returncode:
        raise SystemExit(run.stdout)
    print(f"catalog check, {count} templates in {len(LOCALES)} locales: {took:.1f} s")


def main() -> None:
    """Print the figures."""
    renders()
    check(int(sys.argv[1]) if len(sys.argv) > 1 else 500)


if __name__ == "__main__":
    main()
