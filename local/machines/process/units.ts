/** Reads of a cloud-config what the `process` driver runs: files, and systemd units that start at boot. @module */
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";

/** A file of `write_files`. */
export interface CloudFile {
  path: string;
  content: string;
  permissions: string;
}

/** The settings of a systemd service that the driver needs. */
export interface Unit {
  name: string;
  /** `ExecStart`, split at blanks. */
  command: string[];
  stateDirectory?: string;
  runtimeDirectory?: string;
  logsDirectory?: string;
  environment: Record<string, string>;
}

/** The cloud-configs of a MIME message. Scripts in it are not run: they are meant for a machine of their own. */
const cloudConfigsIn = (message: string): string[] => {
  const boundary = /boundary="([^"]+)"/.exec(message)?.[1];
  if (boundary === undefined) return [];
  return message
    .split(`--${boundary}`)
    .slice(1, -1)
    .filter((part) => part.includes("Content-Type: text/cloud-config"))
    .map((part) => part.slice(part.indexOf("\n\n") + 2));
};

/**
 * The files of a user_data document.
 * @param userData base64
 * @returns nothing when there is no cloud-config with files in it
 */
export const filesOf = (userData: string): CloudFile[] => {
  const bytes = Buffer.from(userData, "base64");
  // As cloud-init does: gzip is recognised by its first two bytes.
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8");
  const texts = text.startsWith("MIME-Version:") ? cloudConfigsIn(text) : [text];
  return texts.flatMap(filesIn);
};

/** The files of a cloud-config's text; none where it is something else. */
const filesIn = (text: string): CloudFile[] => {
  if (!text.startsWith("#cloud-config")) return [];
  // Written by this project: what has another form has no files.
  const config = parse(text) as { write_files?: Partial<CloudFile>[] } | null;
  return (config?.write_files ?? []).flatMap((file) =>
    typeof file.path === "string" && typeof file.content === "string"
      ? [{ path: file.path, content: file.content, permissions: file.permissions ?? "0644" }]
      : [],
  );
};

/** Key and value lines of a unit file; a repeated key keeps every value. */
const settingsOf = (content: string): Map<string, string[]> => {
  const found = new Map<string, string[]>();
  for (const line of content.split("\n")) {
    const match = /^([A-Za-z]+)=(.*)$/.exec(line.trim());
    if (match) found.set(match[1]!, [...(found.get(match[1]!) ?? []), match[2]!]);
  }
  return found;
};

/** The services among the files that are wanted at boot. */
export const unitsOf = (files: readonly CloudFile[]): Unit[] =>
  files.flatMap((file) => {
    const name = /^\/etc\/systemd\/system\/([\w-]+)\.service$/.exec(file.path)?.[1];
    const settings = settingsOf(file.content);
    const command = settings.get("ExecStart")?.[0]?.split(/\s+/);
    if (!name || !command || !settings.get("WantedBy")?.includes("multi-user.target")) return [];
    const stateDirectory = settings.get("StateDirectory")?.[0];
    const runtimeDirectory = settings.get("RuntimeDirectory")?.[0];
    const logsDirectory = settings.get("LogsDirectory")?.[0];
    const environment = Object.fromEntries(
      (settings.get("Environment") ?? []).map((pair) => {
        const [name = "", value = ""] = pair.split(/=(.*)/s);
        return [name, value];
      }),
    );
    return [
      {
        name,
        command,
        environment,
        ...(stateDirectory && { stateDirectory }),
        ...(runtimeDirectory && { runtimeDirectory }),
        ...(logsDirectory && { logsDirectory }),
      },
    ];
  });
