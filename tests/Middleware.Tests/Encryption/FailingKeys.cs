using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace HybridSession.Middleware.Tests.Encryption;

/// <summary>Keys that may be out of reach.</summary>
internal sealed class FailingKeys : IDataProtectionProvider
{
    private readonly EphemeralDataProtectionProvider _keys = new();

    public bool Fails { get; set; }

    public IDataProtector CreateProtector(string purpose) => new Protector(this, _keys.CreateProtector(purpose));

    private sealed class Protector(FailingKeys keys, IDataProtector inner) : IDataProtector
    {
        public IDataProtector CreateProtector(string purpose) => throw new NotSupportedException();

        public byte[] Protect(byte[] plaintext) => keys.Fails ? throw new CryptographicException("out of reach") : inner.Protect(plaintext);

        public byte[] Unprotect(byte[] protectedData) => keys.Fails ? throw new CryptographicException("out of reach") : inner.Unprotect(protectedData);
    }
}
