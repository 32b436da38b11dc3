// Judges content security policies: JSON `["policy", ...]` on standard input; each finding on a line of standard output,
// as JSON. Ends with 1 if one of them is of high severity. tests/site/test_policies.py runs it on what we send.
import { readFileSync } from "node:fs";
import { CspEvaluator } from "csp_evaluator/dist/evaluator.js";
import { Severity } from "csp_evaluator/dist/finding.js";
import { CspParser } from "csp_evaluator/dist/parser.js";

let high = false;
for (const policy of JSON.parse(readFileSync(0, "utf8"))) {
  for (const { severity, directive, value, description } of new CspEvaluator(new CspParser(policy).csp).evaluate()) {
    high ||= severity === Severity.HIGH;
    console.log(JSON.stringify({ severity: Severity[severity], directive, value: value ?? null, description, policy }));
  }
}
process.exit(high ? 1 : 0);
