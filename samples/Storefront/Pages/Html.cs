using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;

namespace Storefront.Pages;

/// <summary>Text that is HTML already. Written as <c>Html.Of($"&lt;p&gt;{name}&lt;/p&gt;")</c>: what stands in braces is encoded, unless it is HTML itself.</summary>
internal readonly record struct Html(string Text)
{
    public static Html None => new("");

    public static Html Of(Writer writer) => new(writer.ToString());

    public static Html When(bool condition, Writer writer) => condition ? new(writer.ToString()) : None;

    public override string ToString() => Text;

    /// <summary>Puts the pieces of an interpolated string together.</summary>
    [InterpolatedStringHandler]
    internal readonly struct Writer(int literalLength, int formattedCount)
    {
        private readonly StringBuilder _text = new(literalLength + 16 * formattedCount);

        public void AppendLiteral(string text) => _text.Append(text);

        public void AppendFormatted(string? text) => _text.Append(HtmlEncoder.Default.Encode(text ?? ""));

        public void AppendFormatted(int number) => _text.Append(number.ToString(CultureInfo.InvariantCulture));

        public void AppendFormatted(Html html) => _text.Append(html.Text);

        public void AppendFormatted(IEnumerable<Html> parts)
        {
            foreach (var part in parts) _text.Append(part.Text);
        }

        public override string ToString() => _text.ToString();
    }
}
