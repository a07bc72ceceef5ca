using ChittyChat.Contracts.V1;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace ChittyChat.Dashboard.Terminals;

/// <summary>One line of a terminal. Written out, as in a template the white space between the runs would be part of the line.</summary>
public sealed class TerminalRow : ComponentBase
{
    private ScreenLine? _rendered;

    [Parameter]
    [EditorRequired]
    public required ScreenLine Line { get; set; }

    // A line never changes, and there are many.
    protected override bool ShouldRender()
    {
        var isNew = !ReferenceEquals(_rendered, Line);
        _rendered = Line;
        return isNew;
    }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenElement(0, "div");
        builder.AddAttribute(1, "class", "row");
        foreach (var run in Line.Runs)
        {
            if (run.Meaning == Meaning.Plain)
            {
                builder.AddContent(2, run.Text);
                continue;
            }

            builder.OpenElement(3, "span");
            builder.AddAttribute(4, "class", run.Meaning.ToString().ToLowerInvariant());
            builder.AddContent(5, run.Text);
            builder.CloseElement();
        }

        builder.CloseElement();
    }
}
