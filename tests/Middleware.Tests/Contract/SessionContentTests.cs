using System.Text;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace HybridSession.Middleware.Tests.Contract;

/// <summary>Rules 10 and 12 to 15: keys and values.</summary>
public class SessionContentTests
{
    // Rule 10
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task Set_refuses_null_and_keys_beyond_65535_bytes_and_takes_empty_ones(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();

        await visitor.UseAsync(app, s =>
        {
            Assert.Equal("value", Assert.Throws<ArgumentNullException>(() => s.Set("k", null!)).ParamName);
            Assert.Throws<ArgumentNullException>(() => s.Set(null!, []));
            Assert.Equal("key", Assert.Throws<ArgumentOutOfRangeException>(() => s.Set(new string('ä', 32_768), [])).ParamName);
            s.Set("", []);
            s.Set(new string('k', 65_535), [7]);
        });

        Assert.Equal((byte[])[], await visitor.AskAsync(app, s => s.Get("")));
        Assert.Equal((byte[])[7], await visitor.AskAsync(app, s => s.Get(new string('k', 65_535))));
    }

    // Rule 10
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task TryGetValue_and_Remove_refuse_null_and_find_no_key_that_Set_would_refuse(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();

        var response = await app.NewVisitor().UseAsync(app, s =>
        {
            s.SetString("k", "v");
            Assert.Throws<ArgumentNullException>(() => s.TryGetValue(null!, out _));
            Assert.Throws<ArgumentNullException>(() => s.Remove(null!));
            Assert.False(s.TryGetValue(new string('k', 65_536), out _));
            s.Remove(new string('k', 65_536));
            Assert.Equal(["k"], s.Keys);
        });

        response.EnsureSuccessStatusCode();
    }

    // Rule 12
    [Theory, InlineData(HostKind.Stock, new byte[] { 1, 9, 3 }), InlineData(HostKind.Hybrid, new byte[] { 1, 2, 3 })]
    public async Task A_caller_cannot_corrupt_the_session_by_writing_into_what_it_gave_and_with_ours_into_what_it_got(HostKind kind, byte[] expected)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();

        await visitor.UseAsync(app, s =>
        {
            byte[] given = [1, 2, 3];
            s.Set("k", given);
            given[0] = 9;
            s.Get("k")![1] = 9;
        });

        Assert.Equal(expected, await visitor.AskAsync(app, s => s.Get("k")));
    }

    // Rule 13
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task Keys_are_case_sensitive(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();

        await app.NewVisitor().UseAsync(app, s =>
        {
            s.SetString("key", "1");
            s.SetString("KEY", "2");
            Assert.Equal("1", s.GetString("key"));
            Assert.Equal(["KEY", "key"], s.Keys.Order(StringComparer.Ordinal));
        });
    }

    // Rule 13
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task Keys_are_compared_as_utf8(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();

        var response = await app.NewVisitor().UseAsync(app, s =>
        {
            s.Set("\u00e9", [1]);
            s.Set("e\u0301", [2]);
            // Halves of surrogate pairs: UTF-8 has the same replacement for all of them.
            s.Set("\ud800", [3]);
            s.Set("\udfff", [4]);
            Assert.Equal(((byte)1, (byte)2, (byte)4), (s.Get("\u00e9")![0], s.Get("e\u0301")![0], s.Get("\ud800")![0]));
            Assert.Equal(3, s.Keys.Count());
        });

        response.EnsureSuccessStatusCode();
    }

    // Rule 13
    [Theory, InlineData(HostKind.Stock, true), InlineData(HostKind.Hybrid, false)]
    public async Task Keys_may_be_enumerated_while_the_session_changes_where_stock_throws(HostKind kind, bool throws)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();

        var response = await app.NewVisitor().UseAsync(app, s =>
        {
            s.SetString("a", "1");
            s.SetString("b", "2");
            var thrown = Record.Exception(() =>
            {
                foreach (var key in s.Keys) s.SetString(key + key, "3");
            });
            Assert.Equal(throws, thrown is InvalidOperationException);
            if (!throws) Assert.Equal(["a", "aa", "b", "bb"], s.Keys.Order());
        });

        response.EnsureSuccessStatusCode();
    }

    // Rule 14
    [Theory]
    [InlineData(HostKind.Stock, "Remove", 0)]
    [InlineData(HostKind.Stock, "Clear", 0)]
    [InlineData(HostKind.Stock, "Set", 1)]
    [InlineData(HostKind.Hybrid, "Remove", 0)]
    [InlineData(HostKind.Hybrid, "Clear", 0)]
    [InlineData(HostKind.Hybrid, "Set", 0)]
    public async Task What_changes_nothing_is_not_stored_and_with_ours_no_equal_value_either(HostKind kind, string use, int writes)
    {
        Action<ISession> change = use switch
        {
            "Remove" => s => s.Remove("k"),
            "Clear" => s => s.Clear(),
            _ => s => s.SetString("k", "v"),
        };
        await using var app = await new SessionApp { Kind = kind, Options = o => o.Durability = Durability.Durable }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s =>
        {
            if (use == "Set") s.SetString("k", "v");
            else s.SetString("other", "v");
        });
        if (use == "Clear") await visitor.UseAsync(app, s => s.Clear());
        app.Faults.Forget();

        await visitor.UseAsync(app, change);
        Assert.Equal(writes, app.Faults.Count("Flush"));
        await visitor.UseAsync(app, s => s.SetString("k", "another value"));

        Assert.Equal(writes + 1, app.Faults.Count("Flush"));
    }

    // Rule 14
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task Clear_keeps_the_token_and_the_id(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        var id = await visitor.AskAsync(app, s => s.Id);

        var response = await visitor.UseAsync(app, s => s.Clear());

        Assert.Empty(response.SetCookies());
        Assert.Equal(id, await visitor.AskAsync(app, s => s.Id));
        Assert.Empty(await visitor.AskAsync(app, s => s.Keys.ToArray()));
    }

    // Rule 15
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task The_stock_extension_methods_work_unchanged(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();

        await visitor.UseAsync(app, s =>
        {
            s.SetString("text", "Grüße 🍎");
            s.SetInt32("number", -7);
        });

        Assert.Equal("Grüße 🍎", await visitor.AskAsync(app, s => s.GetString("text")));
        Assert.Equal(-7, await visitor.AskAsync(app, s => s.GetInt32("number")));
        Assert.Equal(Encoding.UTF8.GetBytes("Grüße 🍎"), await visitor.AskAsync(app, s => s.Get("text")));
    }
}
