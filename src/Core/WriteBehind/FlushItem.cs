using HybridSession.Hot;
using HybridSession.Payload;

namespace HybridSession.WriteBehind;

/// <summary>A session in a flush: what was taken, so that the outcome can be compared with what became of the session meanwhile. <c>ReadAt</c> is when it was taken, as a moment of <see cref="Consistency.StaleMarks"/>.</summary>
internal readonly record struct FlushItem(LiveSession Session, PackedSession Snapshot, SessionWrite Write, long ExpiresAtMs, long DirtySinceMs, long ReadAt = 0);
