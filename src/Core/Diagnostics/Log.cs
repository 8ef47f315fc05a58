using Microsoft.Extensions.Logging;

namespace HybridSession.Diagnostics;

// Ids: 1000 engine, 1100 flush, 1200 hot set and loads, 1300 back-pressure, 1400 maintenance, 1500 resilience, 1600 several nodes, 1700 stored forms. A shipped id or name never changes.
internal static partial class Log
{
    [LoggerMessage(EventId = 1001, EventName = "Drained", Level = LogLevel.Information, Message = "Every changed session is stored ({Count} were waiting when the shutdown began).")]
    public static partial void Drained(ILogger logger, int count);

    [LoggerMessage(EventId = 1002, EventName = "DrainIncomplete", Level = LogLevel.Error,
        Message = "Shutdown ended with {Count} unflushed sessions (oldest change {OldestSeconds:F1} s old). Their last changes are lost. Raise HostOptions.ShutdownTimeout, or look at why the backing store did not take them.")]
    public static partial void DrainIncomplete(ILogger logger, int count, double oldestSeconds);

    [LoggerMessage(EventId = 1003, EventName = "RemovalFailed", Level = LogLevel.Error, Message = "Session {Key} could not be removed from the backing store. This node refuses it, and repeats the removal until it succeeds.")]
    public static partial void RemovalFailed(ILogger logger, SessionKey key, Exception failure);

    [LoggerMessage(EventId = 1004, EventName = "RekeyUncertain", Level = LogLevel.Warning, Message = "The answer to replacing the token of session {Key} was lost; it is done again.")]
    public static partial void RekeyUncertain(ILogger logger, SessionKey key, Exception failure);

    [LoggerMessage(EventId = 1005, EventName = "LoopFailed", Level = LogLevel.Critical, Message = "The background loop {Loop} failed and is started again. This is a defect of HybridSession: please report it.")]
    public static partial void LoopFailed(ILogger logger, string loop, Exception failure);

    [LoggerMessage(EventId = 1010, EventName = "Doctor", Message = "{Report}")]
    public static partial void Doctor(ILogger logger, LogLevel level, DoctorReport report);

    [LoggerMessage(EventId = 1006, EventName = "LoopEnded", Level = LogLevel.Debug, Message = "The background loop {Loop} ended with a failure while the engine was stopping.")]
    public static partial void LoopEnded(ILogger logger, string loop, Exception failure);

    [LoggerMessage(EventId = 1101, EventName = "Flushed", Level = LogLevel.Debug, Message = "Flushed {Count} sessions ({Conflicts} merged, {Gone} gone, {Blocked} blocked) in {Milliseconds:F1} ms.")]
    public static partial void Flushed(ILogger logger, int count, int conflicts, int gone, int blocked, double milliseconds);

    [LoggerMessage(EventId = 1102, EventName = "FlushFailed", Level = LogLevel.Error,
        Message = "Flushing {Count} sessions failed; they stay in memory and are tried again. {Unconfirmed} sessions are not stored yet; oldest change: {OldestSeconds:F1} s.")]
    public static partial void FlushFailed(ILogger logger, int count, int unconfirmed, double oldestSeconds, Exception failure);

    [LoggerMessage(EventId = 1103, EventName = "FlushFailedAgain", Level = LogLevel.Debug,
        Message = "Flushing {Count} sessions failed, {Failures} times in a row now. {Unconfirmed} sessions are not stored yet; oldest change: {OldestSeconds:F1} s.")]
    public static partial void FlushFailedAgain(ILogger logger, int count, int failures, int unconfirmed, double oldestSeconds);

    [LoggerMessage(EventId = 1104, EventName = "FlushRecovered", Level = LogLevel.Information, Message = "The backing store takes flushes again, after {Failures} that failed.")]
    public static partial void FlushRecovered(ILogger logger, int failures);

    [LoggerMessage(EventId = 1106, EventName = "UnreadableConflict", Level = LogLevel.Error,
        Message = "{Count} changed sessions met a stored payload that is damaged or of an unknown format. The rows are kept as they are; the changes are lost.")]
    public static partial void UnreadableConflict(ILogger logger, int count);

    [LoggerMessage(EventId = 1107, EventName = "BirthRetokened", Level = LogLevel.Debug, Message = "The answer to storing a new session was lost; it is stored again as {Key}, under a fresh token.")]
    public static partial void BirthRetokened(ILogger logger, SessionKey key);

    [LoggerMessage(EventId = 1108, EventName = "TouchFailed", Level = LogLevel.Warning, Message = "The moved expiry of {Count} sessions was not stored; it is tried again.")]
    public static partial void TouchFailed(ILogger logger, int count, Exception failure);

    [LoggerMessage(EventId = 1110, EventName = "SessionQuarantined", Level = LogLevel.Error,
        Message = "The backing store refuses the data of {Count} sessions, {Key} among them: {Reason} They are in quarantine: usable on this node as they are, and not stored. Mend the cause and replay them; see docs/operations.md.")]
    public static partial void SessionQuarantined(ILogger logger, int count, SessionKey key, string reason);

    [LoggerMessage(EventId = 1111, EventName = "SessionRefusedAgain", Level = LogLevel.Debug, Message = "The backing store refuses the data of session {Key} again; it stays in quarantine.")]
    public static partial void SessionRefusedAgain(ILogger logger, SessionKey key);

    [LoggerMessage(EventId = 1112, EventName = "BirthRefused", Level = LogLevel.Debug, Message = "The backing store refuses the data of the new session {Key}: {Reason} Its request was told, and no session was established.")]
    public static partial void BirthRefused(ILogger logger, SessionKey key, string reason);

    [LoggerMessage(EventId = 1113, EventName = "DeadLettersStored", Level = LogLevel.Information, Message = "{Count} sessions in quarantine were written to the backing store as dead letters.")]
    public static partial void DeadLettersStored(ILogger logger, int count);

    [LoggerMessage(EventId = 1114, EventName = "DeadLettersFailed", Level = LogLevel.Warning,
        Message = "Dead letters were not written or released: {Reason} It is tried again every few seconds. {Count} sessions in quarantine are in the memory of this node only.")]
    public static partial void DeadLettersFailed(ILogger logger, string reason, int count, Exception? failure);

    [LoggerMessage(EventId = 1115, EventName = "QuarantineFull", Level = LogLevel.Error,
        Message = "The quarantine is full: {Count} sessions were let go, {Lost} of them without a dead letter. What the backing store had refused of those is lost. Mend the cause of the refusals, or raise MaxQuarantineBytes.")]
    public static partial void QuarantineFull(ILogger logger, int count, int lost);

    [LoggerMessage(EventId = 1116, EventName = "QuarantineKept", Level = LogLevel.Warning, Message = "Shutdown leaves {Count} sessions in quarantine, as dead letters in the backing store. Mend the cause and replay them.")]
    public static partial void QuarantineKept(ILogger logger, int count);

    [LoggerMessage(EventId = 1117, EventName = "QuarantineLost", Level = LogLevel.Error,
        Message = "Shutdown ended with {Count} sessions in quarantine of which no dead letter could be written. What the backing store had refused of them is lost.")]
    public static partial void QuarantineLost(ILogger logger, int count);

    [LoggerMessage(EventId = 1118, EventName = "QuarantineReplayed", Level = LogLevel.Information,
        Message = "Replayed the quarantine: {Replayed} stored, {Gone} of sessions that are over, {StillRefused} refused again, {Skipped} left for another reason.")]
    public static partial void QuarantineReplayed(ILogger logger, int replayed, int gone, int stillRefused, int skipped);

    [LoggerMessage(EventId = 1119, EventName = "QuarantineSweepFailed", Level = LogLevel.Warning, Message = "Expired sessions were not taken out of quarantine; it is tried again in a few seconds.")]
    public static partial void QuarantineSweepFailed(ILogger logger, Exception failure);

    [LoggerMessage(EventId = 1401, EventName = "Pruned", Level = LogLevel.Information, Message = "Pruned {Count} expired sessions from the backing store.")]
    public static partial void Pruned(ILogger logger, long count);

    [LoggerMessage(EventId = 1402, EventName = "PruneFailed", Level = LogLevel.Warning, Message = "Expired sessions were not pruned; the next attempt is after SweepInterval.")]
    public static partial void PruneFailed(ILogger logger, Exception failure);

    [LoggerMessage(EventId = 1501, EventName = "CircuitOpened", Level = LogLevel.Error, Message = "The backing store fails; calls are refused at once and it is pinged every {Seconds:F1} s until it answers.")]
    public static partial void CircuitOpened(ILogger logger, double seconds, Exception? failure);

    [LoggerMessage(EventId = 1502, EventName = "CircuitClosed", Level = LogLevel.Information, Message = "The backing store answers again; calls go through.")]
    public static partial void CircuitClosed(ILogger logger);

    [LoggerMessage(EventId = 1503, EventName = "CircuitOpenedAgain", Level = LogLevel.Debug, Message = "The backing store answers pings and still fails what it is asked.")]
    public static partial void CircuitOpenedAgain(ILogger logger, Exception? failure);

    [LoggerMessage(EventId = 1504, EventName = "PingFailed", Level = LogLevel.Debug, Message = "The backing store did not answer a ping.")]
    public static partial void PingFailed(ILogger logger, Exception failure);

    [LoggerMessage(EventId = 1601, EventName = "Joined", Level = LogLevel.Information, Message = "This node is {Node} and hears {Others} others.")]
    public static partial void Joined(ILogger logger, NodeId node, int others);

    [LoggerMessage(EventId = 1602, EventName = "LinkLost", Level = LogLevel.Warning, Message = "This node does not hear the others, and reads sessions again at every use until it does. {Reason}")]
    public static partial void LinkLost(ILogger logger, string reason);

    [LoggerMessage(EventId = 1603, EventName = "PeerGone", Level = LogLevel.Warning, Message = "Another node has gone without saying so; {Others} others are left.")]
    public static partial void PeerGone(ILogger logger, int others);

    [LoggerMessage(EventId = 1604, EventName = "ChangeNotFound", Level = LogLevel.Debug,
        Message = "A change of session {Key} that its client was shown by node {Node} was not found within {Milliseconds:F0} ms: it is lost, or late.")]
    public static partial void ChangeNotFound(ILogger logger, SessionKey key, NodeId node, double milliseconds);

    [LoggerMessage(EventId = 1605, EventName = "ChangesNotFound", Level = LogLevel.Warning,
        Message = "Sessions lack changes that their clients were shown by another node ({Count} sessions since the last such message): that node went without storing them, or does not answer.")]
    public static partial void ChangesNotFound(ILogger logger, int count);

    [LoggerMessage(EventId = 1606, EventName = "JoinedWithoutWelcome", Level = LogLevel.Warning, Message = "Not every node answered that it has stored what it had; this one starts all the same.")]
    public static partial void JoinedWithoutWelcome(ILogger logger);

    [LoggerMessage(EventId = 1607, EventName = "PeersNotTold", Level = LogLevel.Debug, Message = "The other nodes could not be told of changes.")]
    public static partial void PeersNotTold(ILogger logger, Exception failure);

    [LoggerMessage(EventId = 1608, EventName = "PeerNotAnswered", Level = LogLevel.Debug, Message = "What another node asked for could not be done; it waits no longer than HandoffTimeout.")]
    public static partial void PeerNotAnswered(ILogger logger, Exception failure);

    [LoggerMessage(EventId = 1609, EventName = "PeersNotRead", Level = LogLevel.Debug, Message = "Who is alive could not be read.")]
    public static partial void PeersNotRead(ILogger logger, Exception failure);

    [LoggerMessage(EventId = 1610, EventName = "StrangePeerMessage", Level = LogLevel.Debug, Message = "A message of {Length} characters on the channel of the nodes is none of theirs.")]
    public static partial void StrangePeerMessage(ILogger logger, int length);

    [LoggerMessage(EventId = 1611, EventName = "ExclusiveOnThisNodeOnly", Level = LogLevel.Warning,
        Message = "Exclusive endpoints let requests of one session in turn on this node only: one on another node may run at the same time. {Obstacle} Said once.")]
    public static partial void ExclusiveOnThisNodeOnly(ILogger logger, string obstacle);

    [LoggerMessage(EventId = 1612, EventName = "LockNotReleased", Level = LogLevel.Warning, Message = "The lock of a session was not released in order.")]
    public static partial void LockNotReleased(ILogger logger, Exception failure);

    [LoggerMessage(EventId = 1613, EventName = "UpdateNotRepeated", Level = LogLevel.Warning,
        Message = "An update of a session's value could not be computed again from what another node had stored meanwhile: it threw {Type}. The later of the two changes stays.")]
    public static partial void UpdateNotRepeated(ILogger logger, string type);

    [LoggerMessage(EventId = 1701, EventName = "CompressedPayloadsDamaged", Level = LogLevel.Error,
        Message = "{Count} stored payloads since the last such line are compressed and cannot be opened: they are damaged, or claim to be larger than {MaxBytes} bytes (twice MaxPayloadBytes). Their sessions are not served, and the rows are left as they are.")]
    public static partial void CompressedPayloadsDamaged(ILogger logger, long count, int maxBytes);

    [LoggerMessage(EventId = 1702, EventName = "EncryptedPayloads", Level = LogLevel.Error,
        Message = "{Count} stored payloads since the last such line are encrypted, and this node does not encrypt. Their sessions are not served, and the rows are left as they are. Call AddHybridSession(...).UsePayloadEncryption() on every node; to go back to plain rows, call it with Enabled = false until the encrypted ones have expired.")]
    public static partial void EncryptedPayloads(ILogger logger, long count);
}
