using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace HybridSession.Middleware;

/// <content>Values: typed ones, those that are taken out, those that are not stored.</content>
public partial interface IHybridSession
{
    /// <summary>How typed values are written, unless their type info is given: <see cref="HybridSessionOptions.Json"/>.</summary>
    JsonSerializerOptions Json { get; }

    /// <summary>
    /// Values that live with the session in this node's memory and are never stored. They do not establish a new session, are not held back by
    /// <see cref="HybridSessionOptions.CommitOnException"/>, and outlive <see cref="RegenerateIdAsync"/>.
    /// </summary>
    TransientValues Transient { get; }

    /// <summary>
    /// Reads a value and removes it in one step: of several requests on this node that ask at the same time, exactly one gets it. Requests on different nodes may both get it, and so may
    /// requests at <see cref="HybridSessionOptions.CommitOnException"/> false, where the value is removed when the held changes are applied, if it is still the one that was read;
    /// an exclusive endpoint keeps the others out. At <see cref="Durability.WriteBehind"/> a crash may bring the value back.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; null when there is none.</param>
    bool TryPop(string key, [NotNullWhen(true)] out byte[]? value);
}
