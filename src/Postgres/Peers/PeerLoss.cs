using HybridSession.Postgres.Failures;

namespace HybridSession.Postgres.Peers;

/// <summary>Why a link does not work now.</summary>
/// <param name="Reason">For the log; holds no secrets.</param>
/// <param name="HadJoined">The node was among the others until now.</param>
/// <param name="IsRefusal">Only a person can mend it.</param>
internal sealed record PeerLoss(string Reason, bool HadJoined, bool IsRefusal)
{
    public static PeerLoss Refused(PeerRefusal refusal) => new(refusal.Text, HadJoined: false, IsRefusal: true);

    public static PeerLoss Of(Exception exception, bool hadJoined)
    {
        var reason = exception is BackingStoreException known ? known.Message : $"Listening to the other nodes failed: {StoreFailure.Describe(exception)} It is tried again.";
        return new PeerLoss(reason, hadJoined, IsRefusal: false);
    }
}
