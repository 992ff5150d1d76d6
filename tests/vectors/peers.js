// Two counters of segments that are not ours, asked about texts.
//
// Reads one JSON string a line, writes one JSON array a line: the text as it came, then of each
// counter its encoding and the units (septets, or UTF-16 code units) in each segment, without
// header. The counters are given the NFC form, as our encoder makes it first. To write anew, at
// the root of the repository, with Node 20 and SCRATCH an empty folder:
//
//   npm install --no-save --prefix "$SCRATCH" \
//     sms-segments-calculator@1.3.0 grapheme-splitter@1.0.4 split-sms@0.1.7
//   .venv/bin/python -m tests.vectors.texts \
//     | NODE_PATH="$SCRATCH/node_modules" node tests/vectors/peers.js > tests/vectors/segments.jsonl
"use strict";

const PINNED = {
  "sms-segments-calculator": "1.3.0", // counts in graphemes
  "grapheme-splitter": "1.0.4", // what it takes them from
  "split-sms": "0.1.7", // counts in code units
};
for (const [name, pinned] of Object.entries(PINNED)) {
  const { version } = require(`${name}/package.json`);
  if (version !== pinned) throw new Error(`${name} is ${version}; install ${pinned}`);
}
const { SegmentedMessage } = require("sms-segments-calculator");
const { split } = require("split-sms");

/** Encoding "auto", and no smart encoding: it would change the text. */
function byGrapheme(text) {
  const message = new SegmentedMessage(text, "auto", false);
  const gsm = message.encodingName === "GSM-7";
  const sizes = message.segments.map((segment) => segment.messageSizeInBits() / (gsm ? 7 : 16));
  return [gsm ? "gsm7" : "ucs2", sizes];
}

function byUnit(text) {
  const { characterSet, parts } = split(text, { summary: true });
  const gsm = characterSet === "GSM";
  return [gsm ? "gsm7" : "ucs2", parts.map((part) => part.bytes / (gsm ? 1 : 2))];
}

/** JSON in ASCII, so that no editor changes a text. */
function ascii(value) {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

const lines = require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean);
const answers = lines.map((line) => {
  const text = JSON.parse(line);
  const normal = text.normalize("NFC");
  return ascii([text, ...byGrapheme(normal), ...byUnit(normal)]);
});
process.stdout.write([ascii(PINNED), ...answers].join("\n") + "\n");
