namespace HybridSession.Middleware;

/// <summary>Where the keys of Data Protection are kept.</summary>
internal enum KeyPlace
{
    /// <summary>In the memory of this process.</summary>
    Memory,

    /// <summary>Where ASP.NET Core puts them when nobody says: with the user that the process runs as.</summary>
    Default,

    /// <summary>In a folder that the application named.</summary>
    Folder,

    /// <summary>In a database, a vault or the like that the application named.</summary>
    Other,
}

/// <summary>What is known of the key ring.</summary>
/// <param name="Place">Where the keys are.</param>
/// <param name="PlaceName">The folder, or the type that keeps them; empty when there is nothing to say.</param>
/// <param name="HasApplicationName">The application has a name. Without one the path of its folder stands for it.</param>
internal readonly record struct KeyRingFacts(KeyPlace Place, string PlaceName, bool HasApplicationName);
