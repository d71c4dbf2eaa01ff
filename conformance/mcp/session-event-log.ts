import type { EventId, EventStore, JSONRPCMessage, StreamId } from '@modelcontextprotocol/server'

interface StoredEvent {
  streamId: StreamId
  message: JSONRPCMessage
}

/**
 * Events of one MCP session, in memory, for resumption with `Last-Event-ID` (MCP 2025-11-25, Streamable HTTP,
 * "Resumability and Redelivery"). Event ids are positions in the log, so they are unique over all streams of the session.
 */
export class SessionEventLog implements EventStore {
  readonly #events: StoredEvent[] = []

  storeEvent(streamId: StreamId, message: JSONRPCMessage): Promise<EventId> {
    this.#events.push({ streamId, message })
    return Promise.resolve(String(this.#events.length))
  }

  /** Resolves to `undefined` for an id this log never gave out; the transport answers that with 400. */
  getStreamIdForEventId(eventId: EventId): Promise<StreamId | undefined> {
    return Promise.resolve(this.#find(eventId)?.streamId)
  }

  /** Rejects for an id this log never gave out. Priming events (empty messages) are not sent again. */
  async replayEventsAfter(
    lastEventId: EventId,
    { send }: { send: (eventId: EventId, message: JSONRPCMessage) => Promise<void> },
  ): Promise<StreamId> {
    const last = this.#find(lastEventId)
    if (!last) throw new Error(`unknown event id \`${lastEventId}\`: resume with an id this session sent`)
    for (let position = Number(lastEventId); position < this.#events.length; position += 1) {
      const event = this.#events[position]
      if (event?.streamId === last.streamId && 'jsonrpc' in event.message) await send(String(position + 1), event.message)
    }
    return last.streamId
  }

  #find(eventId: EventId): StoredEvent | undefined {
    return /^[1-9]\d*$/.test(eventId) ? this.#events[Number(eventId) - 1] : undefined
  }
}
