using Xunit;

namespace HybridSession.Core.Tests.Identity;

public class SessionTokenTests
{
    private const string Base64UrlAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    [Fact]
    public void The_text_form_has_43_characters_of_base64url_and_reads_back()
    {
        var token = SessionToken.Create();

        var text = token.Encode();

        Assert.Equal(SessionToken.TextLength, text.Length);
        Assert.All(text, c => Assert.Contains(c, Base64UrlAlphabet));
        Assert.True(SessionToken.TryParse(text, out var read));
        Assert.Equal(token, read);
        Assert.Equal(text, read.Encode());
    }

    [Fact]
    public void Exactly_one_text_names_a_token()
    {
        var text = SessionToken.Create().Encode();

        var accepted = Base64UrlAlphabet.Select(last => text[..^1] + last).Where(t => SessionToken.TryParse(t, out _)).ToArray();

        // 16 of 64 last characters are canonical, and each of them is another token.
        Assert.Equal(16, accepted.Length);
        Assert.All(accepted, t =>
        {
            Assert.True(SessionToken.TryParse(t, out var token));
            Assert.Equal(t, token.Encode());
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA+AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA/AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA\0AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA\u0410AAAAAAAAAAAAAAAAAAAAAA")]
    public void Any_other_text_is_refused(string text)
    {
        Assert.False(SessionToken.TryParse(text, out var token));
        Assert.Equal(default, token);
    }

    [Fact]
    public void A_token_is_never_printed()
    {
        var token = SessionToken.Create();

        Assert.Equal("SessionToken", token.ToString());
        Assert.Equal("SessionToken", $"{token}");
    }

    [Fact]
    public void Tokens_and_their_keys_are_unique()
    {
        const int count = 100_000;
        var tokens = Enumerable.Range(0, count).Select(_ => SessionToken.Create()).ToArray();

        Assert.Equal(count, tokens.Distinct().Count());
        Assert.Equal(count, tokens.Select(SessionKey.FromToken).Distinct().Count());
    }
}
