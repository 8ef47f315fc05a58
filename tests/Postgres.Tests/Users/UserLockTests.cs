using HybridSession.Postgres.Users;

namespace HybridSession.Postgres.Tests.Users;

/// <summary>What must not overlap waits for the lock of the user.</summary>
public sealed class UserLockTests
{
    [Theory]
    [InlineData("bind")]
    [InlineData("move")]
    [InlineData("remove")]
    public async Task Whatever_binds_moves_or_removes_sessions_of_a_user_waits_for_the_users_lock(string what)
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync(o => o.LockTimeout = TimeSpan.FromMinutes(1));
        var birth = Postgres.Tests.Sessions.Birth();
        await store.FlushAsync([birth], default);
        var bound = Postgres.Tests.Sessions.Next(birth) with { UserId = "anna" };
        await store.BindAsync(new SessionBinding(bound), default);
        var (high, low) = new UserLocks(new SqlScripts(schema.Name), schema.Name).NumbersOf("anna");
        await schema.ExecuteAsync($"select pg_advisory_lock({high}, {low})");

        var next = Postgres.Tests.Sessions.Next(bound);
        Task work = what switch
        {
            "bind" => store.BindAsync(new SessionBinding(next), default).AsTask(),
            "move" => store.RekeyAsync(bound.Key, bound.Version, next with { Key = Postgres.Tests.Sessions.NewKey() }, default).AsTask(),
            _ => store.RemoveByUserAsync("anna", null, default).AsTask(),
        };
        while (!await schema.ScalarAsync<bool>($"select exists (select from pg_locks where locktype = 'advisory' and not granted and objsubid = 2 and classid::int8 = {(uint)high} and objid::int8 = {(uint)low})"))
            Assert.False(work.IsCompleted, "It did not wait.");

        // Nobody else's sessions wait.
        Assert.Equal(0, await store.CountByUserAsync("bert", default));
        Assert.Empty(await store.RemoveByUserAsync("bert", null, default));
        Assert.False(work.IsCompleted);
        await schema.ExecuteAsync($"select pg_advisory_unlock({high}, {low})");
        await work.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void The_numbers_differ_by_user_and_by_schema_and_are_the_same_on_every_node()
    {
        var locks = new UserLocks(new SqlScripts("a"), "a");

        Assert.Equal(locks.NumbersOf("anna"), new UserLocks(new SqlScripts("a"), "a").NumbersOf("anna"));
        Assert.NotEqual(locks.NumbersOf("anna"), locks.NumbersOf("bert"));
        Assert.NotEqual(locks.NumbersOf("anna"), new UserLocks(new SqlScripts("b"), "b").NumbersOf("anna"));
    }
}
