// An SMSC on jsmpp: the one of the contract suite that is not ours.
//
//   java -cp 'target/classes:target/lib/*' Server PORT TLS_PORT SYSTEM_ID PASSWORD
//
// What goes over the wire is jsmpp's work, what a part says Cloudhopper's; here is only what
// they leave to an application: whom to let in, what to answer, where a receipt goes. Port 0
// takes a free one. TLS takes its key from -Djavax.net.ssl.keyStore. It ends with its input.
//
// Fields of a line are separated by tabs; texts are UTF-8 in hexadecimal. It is told:
//   answers MODE [STATUS]    normal; shuffled (the last digit of the destination says when);
//                            late (after 400 ms); refuse STATUS; silent (taken, and not
//                            answered until the next mode)
//   reply FROM TO TEXT       a phone writes
//   enquire, unbind          to every link
//   sync                     nothing: what it told before is heard before the ok
// It tells:
//   listening PORT TLS_PORT; ok (it was told); bound LINK ROLE; closed LINK; alive, unbound
//   (an answer came); acknowledged, unanswered (a receipt or reply);
//   taken ID SEQUENCE SOURCE DESTINATION REFERENCE PART PARTS TEXT

import com.cloudhopper.commons.charset.CharsetUtil;
import com.cloudhopper.commons.gsm.GsmUtil;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLServerSocketFactory;
import org.jsmpp.SMPPConstant;
import org.jsmpp.bean.*;
import org.jsmpp.extra.ProcessRequestException;
import org.jsmpp.extra.SessionState;
import org.jsmpp.session.*;
import org.jsmpp.session.connection.Connection;
import org.jsmpp.session.connection.socket.ServerSocketConnection;
import org.jsmpp.util.DeliveryReceiptState;
import org.jsmpp.util.MessageId;

public class Server {
    private static final int WINDOW = 20; // submits that are worked on at once, of one link
    private static final int QUEUE = 200;
    private static final int BIND_MS = 5000;
    private static final int LATE_MS = 400;

    private final String systemId;
    private final String password;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final Map<String, SubmitSm> unreceipted = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final String born = Long.toString(System.currentTimeMillis(), 36);
    private final AtomicInteger numbers = new AtomicInteger();
    private final ServerMessageReceiverListener receiver =
        (ServerMessageReceiverListener) Proxy.newProxyInstance(
            Server.class.getClassLoader(),
            new Class<?>[] {ServerMessageReceiverListener.class},
            (proxy, method, given) -> {
                switch (method.getName()) {
                    case "onAcceptSubmitSm": return take((SubmitSm) given[0]);
                    case "onAcceptEnquireLink": return null;
                    default: throw new ProcessRequestException(
                        method.getName(), SMPPConstant.STAT_ESME_RINVCMDID);
                }
            });
    private String mode = "normal";
    private int status;

    private Server(String systemId, String password) {
        this.systemId = systemId;
        this.password = password;
    }

    public static void main(String[] arguments) throws Exception {
        Server server = new Server(arguments[2], arguments[3]);
        InetAddress here = InetAddress.getLoopbackAddress();
        ServerSocket plain = new ServerSocket(Integer.parseInt(arguments[0]), 50, here);
        ServerSocket tls = SSLServerSocketFactory.getDefault()
            .createServerSocket(Integer.parseInt(arguments[1]), 50, here);
        server.threads.submit(() -> server.listen(plain));
        server.threads.submit(() -> server.listen(tls));
        tell("listening", plain.getLocalPort(), tls.getLocalPort());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            server.told(line.split("\t"));
            tell("ok");
        }
        System.exit(0);
    }

    /** What jsmpp has for itself only, made reachable. */
    private class Link extends SMPPServerSession {
        Link(Connection connection) {
            super(connection, null, receiver, null, WINDOW, QUEUE);
            addSessionStateListener((now, before, link) -> {
                if (now == SessionState.CLOSED && links.remove(this)) {
                    tell("closed", getSessionId());
                }
            });
            setResponseDeliveryListener(new ServerResponseDeliveryAdapter() {
                @Override
                public void onSubmitSmRespSent(SubmitSmResult answer, SMPPServerSession link) {
                    threads.submit(() -> receipt(answer.getMessageId()));
                }
            });
        }

        void ask() throws Exception {
            sendEnquireLink();
            tell("alive");
        }

        void leave() throws Exception {
            executeSendCommand(new UnbindCommandTask(pduSender()), getTransactionTimer());
            tell("unbound");
            close();
        }
    }

    private Void listen(ServerSocket socket) throws Exception {
        ServerSocketConnection port = new ServerSocketConnection(socket);
        while (true) {
            Link link = new Link(port.accept());
            threads.submit(() -> admit(link));
        }
    }

    private Void admit(Link link) throws Exception {
        BindRequest bind = link.waitForBind(BIND_MS);
        boolean known = bind.getSystemId().equals(systemId);
        if (!known || !bind.getPassword().equals(password)) {
            bind.reject(known ? SMPPConstant.STAT_ESME_RINVPASWD : SMPPConstant.STAT_ESME_RINVSYSID);
            link.close();
            return null;
        }
        links.add(link);
        bind.accept("jsmpp", InterfaceVersion.IF_34);
        tell("bound", link.getSessionId(), bind.getBindType().name());
        return null;
    }

    private SubmitSmResult take(SubmitSm submit) throws Exception {
        if (refused() != 0) {
            throw new ProcessRequestException("as it was told", refused());
        }
        String id = born + "-" + numbers.incrementAndGet();
        unreceipted.put(id, submit);
        byte[] octets = submit.getShortMessage();
        int reference = 0, part = 1, parts = 1;
        if (submit.isUdhi()) {
            byte[] header = GsmUtil.getShortMessageUserDataHeader(octets);
            octets = GsmUtil.getShortMessageUserData(octets);
            boolean wide = header[1] == 0x08; // TS 23.040, 9.2.3.24.8: a reference of 16 bits
            reference = wide ? (header[3] & 0xff) << 8 | header[4] & 0xff : header[3] & 0xff;
            parts = header[header.length - 2] & 0xff;
            part = header[header.length - 1] & 0xff;
        }
        tell("taken", id, submit.getSequenceNumber(), submit.getSourceAddr(), submit.getDestAddress(),
            reference, part, parts, hex(decoded(octets, submit.getDataCoding())));
        wait(submit.getDestAddress());
        return new SubmitSmResult(new MessageId(id), new OptionalParameter[0]);
    }

    private synchronized int refused() {
        return mode.equals("refuse") ? status : 0;
    }

    private synchronized void wait(String destination) throws InterruptedException {
        if (mode.equals("shuffled")) {
            wait(1 + 10 * ('9' - destination.charAt(destination.length() - 1)));
        } else if (mode.equals("late")) {
            wait(LATE_MS);
        }
        while (mode.equals("silent")) {
            wait();
        }
    }

    private Void receipt(String id) throws Exception {
        SubmitSm submit = unreceipted.remove(id);
        if (!SMSCDeliveryReceipt.SUCCESS_FAILURE.containedIn(submit.getRegisteredDelivery())) {
            return null;
        }
        Date now = new Date();
        String text = decoded(submit.getShortMessage(), submit.getDataCoding());
        DeliveryReceipt receipt = new DeliveryReceipt(id, 1, 1, now, now,
            DeliveryReceiptState.DELIVRD, "000", text.substring(0, Math.min(20, text.length())));
        OptionalParameter reference =
            submit.getOptionalParameter(OptionalParameter.User_message_reference.class);
        OptionalParameter named = new OptionalParameter.Receipted_message_id(id);
        OptionalParameter state =
            new OptionalParameter.Message_state(MessageState.DELIVERED.value());
        deliver(submit.getDestAddress(), submit.getSourceAddr(), MessageType.SMSC_DEL_RECEIPT.value(),
            DataCodings.ZERO, receipt.toString().getBytes(StandardCharsets.US_ASCII),
            reference == null ? new OptionalParameter[] {named, state}
                : new OptionalParameter[] {named, state, reference});
        return null;
    }

    private Void reply(String from, String to, String text) throws Exception {
        byte[] octets = CharsetUtil.encode(text, CharsetUtil.CHARSET_GSM);
        Alphabet alphabet = Alphabet.ALPHA_DEFAULT;
        if (!CharsetUtil.decode(octets, CharsetUtil.CHARSET_GSM).equals(text)) {
            octets = CharsetUtil.encode(text, CharsetUtil.CHARSET_UCS_2);
            alphabet = Alphabet.ALPHA_UCS2;
        }
        byte number = (byte) numbers.incrementAndGet();
        byte[][] parts = GsmUtil.createConcatenatedBinaryShortMessages(octets, number);
        GSMSpecificFeature feature =
            parts == null ? GSMSpecificFeature.DEFAULT : GSMSpecificFeature.UDHI;
        for (byte[] part : parts == null ? new byte[][] {octets} : parts) {
            deliver(from, to, feature.value(), new GeneralDataCoding(alphabet), part);
        }
        return null;
    }

    private void deliver(String from, String to, byte esmClass, DataCoding coding, byte[] octets,
            OptionalParameter... more) {
        try {
            Link link = links.stream().filter(each -> each.getSessionState().isReceivable())
                .findFirst().orElseThrow();
            link.deliverShortMessage("", TypeOfNumber.INTERNATIONAL, NumberingPlanIndicator.ISDN, from,
                TypeOfNumber.UNKNOWN, NumberingPlanIndicator.UNKNOWN, to, new ESMClass(esmClass),
                (byte) 0, (byte) 0, new RegisteredDelivery(0), coding, octets, more);
            tell("acknowledged");
        } catch (Exception error) {
            tell("unanswered", error);
        }
    }

    private void told(String[] words) throws Exception {
        switch (words[0]) {
            case "answers" -> answers(words[1], words.length > 2 ? Integer.parseInt(words[2]) : 0);
            case "reply" -> threads.submit(() -> reply(words[1], words[2], unhex(words[3])));
            case "enquire" -> links.forEach(link -> threads.submit(() -> { link.ask(); return null; }));
            case "unbind" -> links.forEach(link -> threads.submit(() -> { link.leave(); return null; }));
            case "sync" -> { }
            default -> throw new IllegalArgumentException(words[0]);
        }
    }

    private synchronized void answers(String mode, int status) {
        this.mode = mode;
        this.status = status;
        notifyAll();
    }

    private static String decoded(byte[] octets, byte dataCoding) {
        return CharsetUtil.decode(octets, switch (Alphabet.parseDataCoding(dataCoding)) {
            case ALPHA_DEFAULT -> CharsetUtil.CHARSET_GSM;
            case ALPHA_UCS2 -> CharsetUtil.CHARSET_UCS_2;
            default -> CharsetUtil.CHARSET_ISO_8859_1;
        });
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String unhex(String octets) {
        return new String(HexFormat.of().parseHex(octets), StandardCharsets.UTF_8);
    }

    private static synchronized void tell(Object... fields) {
        StringBuilder line = new StringBuilder();
        for (Object field : fields) {
            line.append(line.length() == 0 ? "" : "\t").append(field);
        }
        System.out.println(line);
    }
}
