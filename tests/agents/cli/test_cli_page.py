"""docs/cli.md: the help of every command as it is printed, and how commands end.

Run this file as a module to write the page anew: `python -m tests.agents.cli.test_cli_page`.
"""

import re
from pathlib import Path

from agents.exits import TABLE, Exit
from tests.agents.cli.tree import tree

PAGE = Path(__file__).resolve().parents[3] / "docs" / "cli.md"

HEAD = """\
# Commands

Generated from `agents/cli/` and `agents/exits.py`; a test keeps this page true.

What a command found is on stdout; what went wrong is one sentence on stderr that begins with
`Error:` and says what, where, and what to do. Settings are in [settings.md](settings.md), answers
to what people asked in [faq.md](faq.md).

## Exit statuses

| status | means | as in | the same again? |
|---|---|---|---|
"""

SUPERVISED = """
A process that gets SIGTERM, SIGINT or SIGHUP drains and ends with 0; `chappe tail` and
`chappe smsc` end with 0 too, since nothing else ends them. A second signal ends it at once;
`chappe up` and `chappe demo` wait for their processes all the same, in bounded time. A
signal that comes before a command is done gives 128 and its number. `chappe up` ends with the
status of the process that ended first.

- **systemd** shows 2 as `INVALIDARGUMENT`, 69 as `UNAVAILABLE`, 70 as `SOFTWARE`. With
  `Restart=on-failure` say `RestartPreventExitStatus=1 2`: what has to be mended is not tried again.
- **Kubernetes** restarts a container whatever its status; `kubectl describe pod` shows it. In the
  `podFailurePolicy` of a Job `onExitCodes` with `[1, 2]` is worth `FailJob`.

## For scripts

| command | machine-readable |
|---|---|
| `chappe text` | `--json`; `--jsonl` for many texts |
| `chappe preview` | `--json`, an object a line |
| `chappe try` | `--json`, an object a line, one for each event |
| `chappe catalog check` | `--output-format json`, `github` or `markdown` |
| `chappe in-doubt list` | `--json`, an object a line |
| `chappe tail` | `--json`, the records of `sms.status` as they are |
| `chappe schema` | is JSON |

In an object of `chappe try`, `reason` and `detail` say why the event `ends` as it does, null for
`sms`: those of the first of its `answers` that ends so, where the event itself can be read.

Nothing is asked where stdin is no terminal: say `--yes`. Colours go to a terminal only, and to none
where `NO_COLOR` is set.

## Completion

Names of commands, options and their values; templates, locales and topics of the catalog in force:

```sh
eval "$(_CHAPPE_COMPLETE=bash_source chappe)"             # bash 4.4 or later: in ~/.bashrc
eval "$(_CHAPPE_COMPLETE=zsh_source chappe)"              # zsh: in ~/.zshrc
_CHAPPE_COMPLETE=fish_source chappe | source              # fish: in config.fish
```

"""


def markdown() -> str:
    """The page."""
    rows = [f"| {r.status} | {r.means} | {r.examples} | {r.again} |\n" for r in TABLE]
    helps = [f"## {place.path}\n\n```text\n{place.help}```\n" for place in tree()]
    return HEAD + "".join(rows) + SUPERVISED + "\n".join(helps)


def test_the_page_is_true() -> None:
    """Write it anew with `python -m tests.agents.cli.test_cli_page`."""
    assert PAGE.read_text("utf-8") == markdown()


def test_every_status_has_a_row() -> None:
    said = {int(number) for row in TABLE for number in re.findall(r"\d+", row.status)}
    assert said == {*map(int, Exit), 130, 141, 143}


def test_every_command_with_json_is_listed() -> None:
    table = markdown().partition("## For scripts")[2].partition("## Completion")[0]
    with_json = [
        place.path
        for place in tree()
        if any("--json" in one.opts for one in place.command.get_params(place.context))
    ]
    assert [path for path in with_json if f"| `{path}` |" not in table] == []


if __name__ == "__main__":
    PAGE.write_text(markdown(), "utf-8")
