using System.Text.RegularExpressions;
using Xunit;

namespace HybridSession.Middleware.Tests.Documentation;

/// <summary>The page of features promises nothing without a test.</summary>
public partial class FeaturesDocsTests
{
    private static readonly DirectoryInfo Root = FindRoot();
    private static readonly string Page = File.ReadAllText(Path.Combine(Root.FullName, "docs", "features.md"));
    private static readonly Lazy<ILookup<string, string>> Tests = new(() => TestSources.Read(Path.Combine(Root.FullName, "tests")));

    [Fact]
    public void Every_yes_has_a_proof_and_nothing_else_claims_one()
    {
        var rows = FeatureTable.Features(Page);

        Assert.InRange(rows.Count, 80, 200);
        Assert.All(rows, row => Assert.Matches("^(yes|not yet|no: )", row.Answer));
        Assert.All(rows, row => Assert.Equal(row.Answer.StartsWith("yes", StringComparison.Ordinal), row.Proofs.Count > 0));
    }

    [Fact]
    public void Every_proof_is_a_test()
    {
        var proofs = FeatureTable.Features(Page).Concat(FeatureTable.Rules(Page)).SelectMany(row => row.Proofs);

        Assert.Empty(proofs.Where(proof => !Tests.Value.Contains(proof)).Distinct());
    }

    [Fact]
    public void Every_rule_from_1_to_30_has_its_row_and_each_of_its_proofs_bears_its_number()
    {
        var rules = FeatureTable.Rules(Page);

        Assert.Equal(Enumerable.Range(1, 30).Select(n => $"{n}"), rules.Select(rule => rule.Feature));
        Assert.All(rules, rule => Assert.Matches("^(Kept|Differs)", rule.Answer));
        Assert.All(rules, rule => Assert.NotEmpty(rule.Proofs));
        Assert.All(rules, rule => Assert.All(rule.Proofs, proof => Assert.Contains(rule.Feature, NumbersOf(proof))));
    }

    [Fact]
    public void Each_feature_is_named_once()
    {
        var features = FeatureTable.Features(Page).Select(row => row.Feature).ToArray();

        Assert.Equal(features.Distinct(), features);
    }

    [Fact]
    public void Tests_are_found_under_the_class_that_stands_at_the_margin()
    {
        const string Source = """
            public sealed class FirstTests
            {
                // Rule 7: why.
                [Theory, InlineData(1)]
                [InlineData(2)]
                public async Task A_test(int number)
                {
                }

                public void No_test()
                {
                }

                private sealed class Inner;

                [Fact]
                public void Another()
                {
                }
            }

            public partial class SecondTests
            {
                [Fact]
                public void A_test() => Assert.True(true);
            }

            """;

        Assert.Equal([("FirstTests.A_test", "    // Rule 7: why.\n"), ("FirstTests.Another", ""), ("SecondTests.A_test", "")], TestSources.Tests(Source));
    }

    private static IEnumerable<string> NumbersOf(string proof) => Tests.Value[proof].SelectMany(comment => Number().Matches(comment)).Select(m => m.Value);

    private static DirectoryInfo FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "HybridSession.sln"))) folder = folder.Parent!;
        return folder;
    }

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
