using System.Security.Cryptography;
using HybridSession.Stores;

namespace HybridSession.Middleware;

/// <summary>
/// Encrypts sessions on their way into the store, by the keys of ASP.NET Core Data Protection, and binds them to their row and version. What it cannot open it passes on as it is,
/// which the engine takes for a damaged row: neither served nor overwritten.
/// </summary>
internal sealed class EncryptingBackingStore(ISessionBackingStore inner, EncryptedForm form, EncryptionOptions options, EncryptionReports reports) : PayloadStage(inner)
{
    private static readonly PayloadPlace Nowhere = new(default, 0, null);

    /// <exception cref="BackingStoreException">There is no key to encrypt with, or the store is not usable.</exception>
    public override ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        if (options.Enabled) CheckKeys();
        return base.InitializeAsync(cancellationToken);
    }

    public override ValueTask PingAsync(CancellationToken cancellationToken)
    {
        // A store that cannot be written to for want of a key is as good as away.
        if (options.Enabled) CheckKeys();
        return base.PingAsync(cancellationToken);
    }

    protected override byte[] Seal(byte[] payload, in PayloadPlace place) => options.Enabled ? Encrypt(payload, place) : payload;

    protected override byte[] Open(byte[] stored, in PayloadPlace place)
    {
        if (!StoredForm.Is(StoredForm.Encrypted, stored))
        {
            if (options.AcceptPlain) return stored;
            reports.Plain();
            return StoredForm.Withheld;
        }

        var opened = form.Open(stored, place, out var payload, out var failure);
        switch (opened)
        {
            case OpenedAs.Payload:
                return payload;
            case OpenedAs.OtherPlace:
                reports.OtherPlace();
                return stored;
            default:
                // With no keys at all nothing is known about the row: the call fails, and the client keeps its session.
                CheckKeys();
                reports.NoKey(failure!);
                return stored;
        }
    }

    private void CheckKeys() => Encrypt([], Nowhere);

    private byte[] Encrypt(byte[] payload, in PayloadPlace place)
    {
        try
        {
            return form.Seal(payload, place);
        }
        catch (CryptographicException failure)
        {
            throw new BackingStoreException(
                "Sessions cannot be encrypted: Data Protection has no key for it. See that the place of its keys can be read and written (AddDataProtection().PersistKeysTo...); docs/operations.md, Encryption at rest.",
                BackingStoreFailure.Setup, outcomeUnknown: false, failure);
        }
    }
}
