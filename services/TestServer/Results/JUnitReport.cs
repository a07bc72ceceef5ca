using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using ChittyChat.TestServer.Checkers;
using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Results;

/// <summary>A run as JUnit XML: a test case for each step and for each checker.</summary>
internal static class JUnitReport
{
    public static string Write(RunReport report)
    {
        List<XElement> cases = [.. report.Steps.Select(step => Step(report, step)), .. report.Verdict is Verdict.Passed or Verdict.Failed ? RunCheckers.Names.Select(name => Checker(report, name)) : []];
        if (report.Verdict is Verdict.CouldNotRun or Verdict.Cancelled)
        {
            cases.Add(Case(report, "the run", 0, new XElement("error", new XAttribute("message", Harmless(string.Join("; ", report.Failures))))));
        }

        var suite = new XElement(
            "testsuite",
            new XAttribute("name", Harmless(report.Run.Scenario)),
            new XAttribute("tests", cases.Count),
            new XAttribute("failures", cases.Count(test => test.Element("failure") is not null)),
            new XAttribute("errors", cases.Count(test => test.Element("error") is not null)),
            new XAttribute("skipped", cases.Count(test => test.Element("skipped") is not null)),
            new XAttribute("time", Seconds(report.Statistics.Seconds * 1000)),
            new XAttribute("timestamp", report.Run.Started.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture)),
            cases,
            new XElement("system-out", Harmless(string.Join('\n', report.Describe()))));
        return new XDeclaration("1.0", "utf-8", null) + "\n" + new XElement("testsuites", suite) + "\n";
    }

    private static XElement Step(RunReport report, StepOfReport step) => Case(
        report, FormattableString.Invariant($"line {step.Started.Line}, step {step.Started.Step}: {(step.Started.Peer is { } peer ? peer + ": " : "")}{step.Started.Text}"), step.Ended.Milliseconds,
        step.Ended.Outcome switch
        {
            StepOutcome.Failed => new XElement("failure", new XAttribute("message", Harmless(step.Ended.Reason)), Harmless(string.Join('\n', step.Ended.Output))),
            StepOutcome.Cancelled => new XElement("skipped"),
            _ => null,
        });

    private static XElement Checker(RunReport report, string name)
    {
        string[] violations = [.. report.Failures.Where(failure => failure.StartsWith(name + ": ", StringComparison.Ordinal))];
        return Case(report, name, 0, violations.Length == 0 ? null
            : new XElement("failure", new XAttribute("message", Harmless(violations[0].Split('\n')[0])), Harmless(string.Join('\n', violations))));
    }

    private static XElement Case(RunReport report, string name, double milliseconds, XElement? outcome) => new(
        "testcase", new XAttribute("classname", Harmless(report.Run.Scenario)), new XAttribute("name", Harmless(name)), new XAttribute("time", Seconds(milliseconds)), outcome);

    private static string Seconds(double milliseconds) => (milliseconds / 1000).ToString("0.000", CultureInfo.InvariantCulture);

    // Texts of the chat may hold what XML cannot.
    private static string Harmless(string text) => string.Concat(text.EnumerateRunes().Select(rune =>
        rune.Value > char.MaxValue || XmlConvert.IsXmlChar((char)rune.Value) ? rune.ToString() : FormattableString.Invariant($"\\u{rune.Value:x4}")));
}
