using System.Runtime.CompilerServices;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A value that is known only when the application starts.</summary>
public interface IValueProvider
{
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);
}

/// <summary>A value that has a name of its own in a published application.</summary>
public interface IManifestExpressionProvider
{
    string ValueExpression { get; }
}

/// <summary>A text in which some parts are known only when the application starts.</summary>
public sealed class ReferenceExpression : IValueProvider, IManifestExpressionProvider
{
    private readonly List<object> _parts;

    private ReferenceExpression(List<object> parts) => _parts = parts;

    public string ValueExpression => string.Concat(_parts.Select(p => p is IManifestExpressionProvider provider ? provider.ValueExpression : p));

    public static ReferenceExpression Create(in ExpressionInterpolatedStringHandler handler) => new(handler.Parts);

    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default)
    {
        var texts = new List<string?>(_parts.Count);
        foreach (var part in _parts)
        {
            texts.Add(part is IValueProvider provider ? await provider.GetValueAsync(cancellationToken) : (string)part);
        }

        return string.Concat(texts);
    }

    [InterpolatedStringHandler]
    public readonly ref struct ExpressionInterpolatedStringHandler(int literalLength, int formattedCount)
    {
        internal List<object> Parts { get; } = new(literalLength > 0 ? (2 * formattedCount) + 1 : formattedCount);

        public void AppendLiteral(string value) => Parts.Add(value);

        public void AppendFormatted(string? value) => Parts.Add(value ?? "");

        public void AppendFormatted<T>(T valueProvider) where T : IValueProvider, IManifestExpressionProvider => Parts.Add(valueProvider);
    }
}
